// SPDX-License-Identifier: Apache-2.0
//! The base module: companies (`companies.rs`) and settings (`settings.rs`).

mod companies;
mod settings;

ingot_guest::module! {
    migrations: include_str!("../migrations.json"),
    openapi: include_str!("../openapi.json"),
    routes: [
        GET "/companies", "core:company:read" => companies::list,
        POST "/companies", "core:company:create" => companies::create,
        GET "/companies/{id}", "core:company:read" => companies::get,
        PUT "/companies/{id}", "core:company:update" => companies::update,
        DELETE "/companies/{id}", "core:company:delete" => companies::delete,
        GET "/settings", "core:setting:read" => settings::list,
        GET "/settings/{key}", "core:setting:read" => settings::get,
        PUT "/settings/{key}", "core:setting:update" => settings::put,
    ],
}
