// SPDX-License-Identifier: Apache-2.0
//! What is on the shelves: products, warehouses, the stock and its moves, and what is reserved for orders of crm.

mod moves;
mod products;
mod reservations;
mod stock;
mod warehouses;

ingot_guest::module! {
    migrations: include_str!("../migrations.json"),
    openapi: include_str!("../openapi.json"),
    routes: [
        GET "/products", "inventory:product:read" => products::list,
        POST "/products", "inventory:product:create" => products::create,
        GET "/products/{id}", "inventory:product:read" => products::get,
        PUT "/products/{id}", "inventory:product:update" => products::update,
        GET "/warehouses", "inventory:warehouse:read" => warehouses::list,
        POST "/warehouses", "inventory:warehouse:create" => warehouses::create,
        GET "/warehouses/{id}", "inventory:warehouse:read" => warehouses::get,
        GET "/stock", "inventory:stock:read" => stock::list,
        GET "/moves", "inventory:move:read" => moves::list,
        GET "/moves/{id}", "inventory:move:read" => moves::get,
        POST "/moves", "inventory:move:create" => moves::create,
        POST "/transfers", "inventory:move:create" => moves::transfer,
        GET "/reservations", "inventory:reservation:read" => reservations::list,
        POST "/reservations", "inventory:reservation:create" => reservations::create,
        GET "/reservations/{order_id}", "inventory:reservation:read" => reservations::get,
        DELETE "/reservations/{order_id}", "inventory:reservation:delete" => reservations::release,
        POST "/reservations/{order_id}/ship", "inventory:reservation:ship" => reservations::ship,
    ],
}
