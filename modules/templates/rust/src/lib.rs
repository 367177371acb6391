// SPDX-License-Identifier: Apache-2.0
//! The module's tables and routes. What the routes do stands in `items.rs`.

mod items;

ingot_guest::module! {
    migrations: include_str!("../migrations.json"),
    routes: [
        GET "/items", "@NAME@:@NAME@_item:read" => items::list,
        POST "/items", "@NAME@:@NAME@_item:create" => items::create,
        GET "/items/{id}", "@NAME@:@NAME@_item:read" => items::get,
        PUT "/items/{id}", "@NAME@:@NAME@_item:update" => items::update,
    ],
}
