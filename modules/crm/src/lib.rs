// SPDX-License-Identifier: Apache-2.0
//! Contacts: reading (`read.rs`), changing (`write.rs`), and the rules both share (`contact.rs`). Sales orders: `orders.rs`
//! and their rules (`order.rs`).

mod contact;
mod order;
mod orders;
mod read;
mod token;
mod write;

ingot_guest::module! {
    migrations: include_str!("../migrations.json"),
    openapi: include_str!("../openapi.json"),
    routes: [
        GET "/contacts", "crm:contact:read" => read::list,
        POST "/contacts", "crm:contact:create" => write::create,
        GET "/contacts/{id}", "crm:contact:read" => read::get,
        PUT "/contacts/{id}", "crm:contact:update" => write::replace,
        PATCH "/contacts/{id}", "crm:contact:update" => write::amend,
        DELETE "/contacts/{id}", "crm:contact:delete" => write::delete,
        GET "/contacts/{id}/token", "crm:contact:read" => token::issue,
        GET "/orders", "crm:order:read" => orders::list,
        POST "/orders", "crm:order:create" => orders::create,
        GET "/orders/{id}", "crm:order:read" => orders::get,
        POST "/orders/{id}/cancel", "crm:order:cancel" => orders::cancel,
        PUT "/orders/{id}/status", "crm:order:advance" => orders::step,
    ],
}
