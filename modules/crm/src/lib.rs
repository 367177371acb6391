// SPDX-License-Identifier: Apache-2.0
//! Contacts: reading (`read.rs`), changing (`write.rs`), and the rules both share (`contact.rs`).

mod contact;
mod read;
mod token;
mod write;

ingot_guest::module! {
    migrations: include_str!("../migrations.json"),
    routes: [
        GET "/contacts", "crm:contact:read" => read::list,
        POST "/contacts", "crm:contact:create" => write::create,
        GET "/contacts/{id}", "crm:contact:read" => read::get,
        PUT "/contacts/{id}", "crm:contact:update" => write::replace,
        PATCH "/contacts/{id}", "crm:contact:update" => write::amend,
        DELETE "/contacts/{id}", "crm:contact:delete" => write::delete,
        GET "/contacts/{id}/token", "crm:contact:read" => token::issue,
    ],
}
