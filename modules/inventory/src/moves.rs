// SPDX-License-Identifier: Apache-2.0
//! Stock moves: goods that came in, went out, or changed their warehouse.

use crate::stock;
use ingot_guest::{canonical_uuid, db, field, json, page::Page, Answer, Error, Request, Response};

const QUANTITY_MAX: i64 = 1_000_000_000;

pub fn uuid(body: &field::Object, name: &str) -> Result<String, Error> {
    canonical_uuid(&field::text(body, name, 36)?).ok_or_else(|| field::invalid(name, "must be a UUID"))
}

/// Newest first; `?product_id=` and `?warehouse_id=` narrow.
pub fn list(request: &Request) -> Answer {
    let page = Page::of(request)?;
    let (condition, mut params) = stock::place_filter(request)?;
    let total = db::first(&format!("SELECT count(*) AS total FROM stock_move WHERE {}", condition), json!(params))?;
    params.push(json!(page.limit));
    params.push(json!(page.offset));
    let items = db::query(
        &format!(
            "SELECT id, product_id, warehouse_id, kind, quantity, reference, created_at FROM stock_move WHERE {} \
             ORDER BY created_at DESC, id LIMIT ${} OFFSET ${}",
            condition,
            params.len() - 1,
            params.len()
        ),
        json!(params),
    )?;
    Ok(Response::ok(page.body(items, total.as_ref().map(|row| &row["total"]))))
}

pub fn get(request: &Request) -> Answer {
    let row = db::first(
        "SELECT id, product_id, warehouse_id, kind, quantity, reference, created_at FROM stock_move WHERE id = $1",
        json!([request.id("id")?]),
    )?;
    row.map(Response::ok).ok_or_else(|| Error::not_found("move"))
}

/// A receipt brings goods in, an issue takes them out. Shipments come of reservations only.
pub fn create(request: &Request) -> Answer {
    let body = request.object_of(&["product_id", "warehouse_id", "kind", "quantity", "reference"])?;
    let (product, warehouse) = (uuid(body, "product_id")?, uuid(body, "warehouse_id")?);
    let kind = field::choice(body, "kind", "", &["receipt", "issue"])?;
    let quantity = field::integer(body, "quantity", None, 1, QUANTITY_MAX)?;
    let reference = field::optional_text(body, "reference", 64)?;
    let signed = if kind == "receipt" { quantity } else { -quantity };
    let row = stock::shift(&product, &warehouse, signed, &kind, reference.as_deref())?;
    Ok(Response::created(format!("/api/inventory/moves/{}", row["id"].as_str().unwrap_or("")), row))
}

/// One warehouse's loss is the other's gain, or neither happens.
pub fn transfer(request: &Request) -> Answer {
    let body = request.object_of(&["product_id", "from_warehouse_id", "to_warehouse_id", "quantity", "reference"])?;
    let product = uuid(body, "product_id")?;
    let (from, to) = (uuid(body, "from_warehouse_id")?, uuid(body, "to_warehouse_id")?);
    if from == to {
        return Err(field::invalid("to_warehouse_id", "must be another warehouse"));
    }
    let quantity = field::integer(body, "quantity", None, 1, QUANTITY_MAX)?;
    let reference = field::optional_text(body, "reference", 64)?;
    // In the order of ids, so that two opposite transfers do not wait for each other.
    let mut sides = [(from, -quantity), (to, quantity)];
    sides.sort();
    let mut rows = Vec::new();
    for (warehouse, signed) in &sides {
        rows.push(stock::shift(&product, warehouse, *signed, "transfer", reference.as_deref())?);
    }
    Ok(Response::created(format!("/api/inventory/moves?product_id={}", product), json!({"moves": rows})))
}
