// SPDX-License-Identifier: Apache-2.0
//! The stock: one row per product and warehouse. Every change is one UPDATE whose condition is the rule
//! (0 <= reserved <= on_hand), so that no two requests can both take the last piece.

use ingot_guest::{canonical_uuid, db, json, page::Page, Answer, Error, Request, Response, Value};

/// `?product_id=` and `?warehouse_id=` narrow.
pub fn list(request: &Request) -> Answer {
    let page = Page::of(request)?;
    let (condition, mut params) = place_filter(request)?;
    let total = db::first(&format!("SELECT count(*) AS total FROM stock WHERE {}", condition), json!(params))?;
    params.push(json!(page.limit));
    params.push(json!(page.offset));
    let items = db::query(
        &format!(
            "SELECT product_id, warehouse_id, on_hand, reserved, on_hand - reserved AS available, updated_at FROM stock \
             WHERE {} ORDER BY product_id, warehouse_id LIMIT ${} OFFSET ${}",
            condition,
            params.len() - 1,
            params.len()
        ),
        json!(params),
    )?;
    Ok(Response::ok(page.body(items, total.as_ref().map(|row| &row["total"]))))
}

/// The WHERE of a list over products and warehouses, made of our own words only.
pub fn place_filter(request: &Request) -> Result<(String, Vec<Value>), Error> {
    let mut condition = String::from("deleted_at IS NULL");
    let mut params = Vec::new();
    for name in ["product_id", "warehouse_id"] {
        if let Some(text) = request.query(name) {
            let refuse = || Error::bad_request("INVALID_QUERY", format!("{} must be a UUID", name));
            params.push(json!(canonical_uuid(text).ok_or_else(refuse)?));
            condition += &format!(" AND {} = ${}", name, params.len());
        }
    }
    Ok((condition, params))
}

/// Moves goods in (positive) or out (negative), and writes the move down.
pub fn shift(
    product: &str,
    warehouse: &str,
    quantity: i64,
    kind: &str,
    reference: Option<&str>,
) -> Result<Value, Error> {
    let changed = db::execute(
        "UPDATE stock SET on_hand = on_hand + $3, updated_at = current_timestamp \
         WHERE product_id = $1 AND warehouse_id = $2 AND on_hand + $3 >= reserved",
        json!([product, warehouse, quantity]),
    )?;
    if changed == 0 || quantity > 0 {
        let active = known(product, warehouse)?;
        if quantity < 0 {
            return Err(Error::conflict("INSUFFICIENT_STOCK", "the warehouse has less than that available"));
        }
        if !active {
            return Err(Error::conflict("PRODUCT_INACTIVE", "the product is not active"));
        }
    }
    if changed == 0 {
        // The first goods of this product here. Another request may bring some at the same moment.
        db::execute(
            "INSERT INTO stock (product_id, warehouse_id, on_hand) VALUES ($1, $2, $3) \
             ON CONFLICT (product_id, warehouse_id) DO UPDATE SET on_hand = stock.on_hand + excluded.on_hand",
            json!([product, warehouse, quantity]),
        )?;
    }
    db::execute_returning(
        "INSERT INTO stock_move (product_id, warehouse_id, kind, quantity, reference) VALUES ($1, $2, $3, $4, $5) \
         RETURNING id, product_id, warehouse_id, kind, quantity, reference, created_at",
        json!([product, warehouse, kind, quantity, reference]),
    )?
    .ok_or_else(|| Error::internal("the new move was not returned"))
}

/// Promises goods that nobody else was promised.
pub fn promise(product: &str, warehouse: &str, quantity: i64) -> Result<(), Error> {
    let changed = db::execute(
        "UPDATE stock SET reserved = reserved + $3, updated_at = current_timestamp \
         WHERE product_id = $1 AND warehouse_id = $2 AND on_hand - reserved >= $3",
        json!([product, warehouse, quantity]),
    )?;
    if changed == 0 {
        known(product, warehouse)?;
        let message = format!("fewer than {} of product {} are available", quantity, product);
        return Err(Error::conflict("OUT_OF_STOCK", message));
    }
    Ok(())
}

/// Takes a promise back.
pub fn unpromise(product: &str, warehouse: &str, quantity: i64) -> Result<(), Error> {
    let changed = db::execute(
        "UPDATE stock SET reserved = reserved - $3, updated_at = current_timestamp \
         WHERE product_id = $1 AND warehouse_id = $2 AND reserved >= $3",
        json!([product, warehouse, quantity]),
    )?;
    match changed {
        1 => Ok(()),
        _ => Err(Error::internal("more is released than was reserved")),
    }
}

/// Whether the product is active; 409 when it or the warehouse does not exist.
fn known(product: &str, warehouse: &str) -> Result<bool, Error> {
    let unknown = |code, what| Error::conflict(code, format!("no such {}", what));
    let row = db::first("SELECT active FROM product WHERE id = $1", json!([product]))?;
    let row = row.ok_or_else(|| unknown("UNKNOWN_PRODUCT", "product"))?;
    db::first("SELECT id FROM warehouse WHERE id = $1", json!([warehouse]))?
        .ok_or_else(|| unknown("UNKNOWN_WAREHOUSE", "warehouse"))?;
    Ok(row["active"].as_bool().unwrap_or(false))
}
