// SPDX-License-Identifier: Apache-2.0
//! Reservations: goods promised to an order of crm, all of it or nothing. The order's own row is changed first and stock
//! rows in the order of product ids, so that requests wait for each other in one direction only.

use crate::{moves::uuid, stock};
use ingot_guest::{call, db, json, page::Page, Answer, Error, Request, Response, Value};
use std::collections::BTreeMap;

pub fn list(request: &Request) -> Answer {
    let page = Page::of(request)?;
    let total = db::first("SELECT count(*) AS total FROM reservation", json!([]))?;
    let items = db::query(
        "SELECT order_id, warehouse_id, status, created_at, updated_at FROM reservation \
         ORDER BY created_at DESC, id LIMIT $1 OFFSET $2",
        json!([page.limit, page.offset]),
    )?;
    Ok(Response::ok(page.body(items, total.as_ref().map(|row| &row["total"]))))
}

pub fn get(request: &Request) -> Answer {
    show(&request.id("order_id")?).map(Response::ok)
}

pub fn create(request: &Request) -> Answer {
    let body = request.object_of(&["order_id", "warehouse_id"])?;
    let (order_id, warehouse) = (uuid(body, "order_id")?, uuid(body, "warehouse_id")?);
    let order = step(&order_id, "draft", "reserved")?;
    // An order may name a product on several lines.
    let mut wanted: BTreeMap<String, i64> = BTreeMap::new();
    for line in order["lines"].as_array().into_iter().flatten() {
        let product = line["product_id"].as_str().unwrap_or("").to_string();
        *wanted.entry(product).or_insert(0) += line["quantity"].as_i64().unwrap_or(0);
    }
    for (product, quantity) in &wanted {
        stock::promise(product, &warehouse, *quantity)?;
    }
    let row = db::execute_returning(
        "INSERT INTO reservation (order_id, warehouse_id) VALUES ($1, $2) RETURNING id",
        json!([order_id, warehouse]),
    )
    .map_err(db::unique("ALREADY_RESERVED", "the order has a reservation"))?
    .ok_or_else(|| Error::internal("the new reservation was not returned"))?;
    for (product, quantity) in &wanted {
        db::execute(
            "INSERT INTO reservation_line (reservation_id, product_id, quantity) VALUES ($1, $2, $3)",
            json!([row["id"], product, quantity]),
        )?;
    }
    Ok(Response::created(format!("/api/inventory/reservations/{}", order_id), show(&order_id)?))
}

/// The goods are free again and the order is a draft. Not while it is invoiced, and not once it was shipped.
pub fn release(request: &Request) -> Answer {
    let order_id = request.id("order_id")?;
    step(&order_id, "reserved", "draft")?;
    // Taken before anything is counted back: a shipment at the same moment waits here, or has made this find nothing.
    let held = db::execute(
        "UPDATE reservation SET updated_at = current_timestamp WHERE order_id = $1 AND status = 'open'",
        json!([order_id]),
    )?;
    let reservation = show(&order_id)?;
    if held == 0 {
        return Err(Error::conflict("ALREADY_SHIPPED", "the goods have left the warehouse"));
    }
    for (product, quantity) in lines_of(&reservation) {
        stock::unpromise(&product, text(&reservation["warehouse_id"]), quantity)?;
    }
    // For good: what was promised and never left is no part of the record.
    db::execute("DELETE FROM reservation_line WHERE reservation_id = $1", json!([reservation["id"]]))?;
    db::execute("DELETE FROM reservation WHERE id = $1", json!([reservation["id"]]))?;
    Ok(Response::ok(json!({"order_id": order_id, "released": true})))
}

pub fn ship(request: &Request) -> Answer {
    let order_id = request.id("order_id")?;
    let marked = db::execute(
        "UPDATE reservation SET status = 'shipped', updated_at = current_timestamp WHERE order_id = $1 AND status = 'open'",
        json!([order_id]),
    )?;
    let reservation = show(&order_id)?; // 404 when there is none
    if marked == 0 {
        return Err(Error::conflict("ALREADY_SHIPPED", "the goods have left the warehouse"));
    }
    for (product, quantity) in lines_of(&reservation) {
        let warehouse = text(&reservation["warehouse_id"]);
        stock::unpromise(&product, warehouse, quantity)?;
        stock::shift(&product, warehouse, -quantity, "shipment", Some(&order_id))?;
    }
    Ok(Response::ok(reservation))
}

/// Moves crm's order on; its refusal is ours.
fn step(order_id: &str, from: &str, to: &str) -> Result<Value, Error> {
    let answer = call("crm", "PUT", &format!("/orders/{}/status", order_id), &json!({"from": from, "to": to}))?;
    if answer.status >= 400 {
        return Err(Error::new(answer.status, text(&answer.body["code"]), text(&answer.body["message"])));
    }
    Ok(answer.body)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

/// In the order of product ids, as `show` has them.
fn lines_of(reservation: &Value) -> Vec<(String, i64)> {
    let lines = reservation["lines"].as_array().into_iter().flatten();
    lines.map(|line| (text(&line["product_id"]).to_string(), line["quantity"].as_i64().unwrap_or(0))).collect()
}

fn show(order_id: &str) -> Result<Value, Error> {
    let mut reservation = db::first(
        "SELECT id, order_id, warehouse_id, status, created_at, updated_at FROM reservation WHERE order_id = $1",
        json!([order_id]),
    )?
    .ok_or_else(|| Error::not_found("reservation"))?;
    let lines = db::query(
        "SELECT product_id, quantity FROM reservation_line WHERE reservation_id = $1 ORDER BY product_id",
        json!([reservation["id"]]),
    )?;
    reservation["lines"] = json!(lines);
    Ok(reservation)
}
