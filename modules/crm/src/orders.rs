// SPDX-License-Identifier: Apache-2.0
//! Sales orders. What changes one begins with its write: of two requests for the same order one then waits there, finds
//! that the status has moved on, and is refused. Looking first would let both see the old one.

use crate::order::{Order, Step, STATUSES};
use crate::read;
use ingot_guest::{canonical_uuid, db, json, page::Page, Answer, Error, Request, Response, Value};

/// `?status=` narrows to one status, `?contact_id=` to one contact.
pub fn list(request: &Request) -> Answer {
    let page = Page::of(request)?;
    let mut condition = String::from("deleted_at IS NULL");
    let mut params = Vec::new();
    if let Some(status) = request.query("status") {
        if !STATUSES.contains(&status) {
            return Err(Error::bad_request("INVALID_QUERY", format!("status must be one of {}", STATUSES.join(", "))));
        }
        params.push(json!(status));
        condition += &format!(" AND status = ${}", params.len());
    }
    if let Some(contact) = request.query("contact_id") {
        let id =
            canonical_uuid(contact).ok_or_else(|| Error::bad_request("INVALID_QUERY", "contact_id must be a UUID"))?;
        params.push(json!(id));
        condition += &format!(" AND contact_id = ${}", params.len());
    }
    let total = db::first(&format!("SELECT count(*) AS total FROM sales_order WHERE {}", condition), json!(params))?;
    params.push(json!(page.limit));
    params.push(json!(page.offset));
    let items = db::query(
        &format!(
            "SELECT id, contact_id, status, total_cents, created_at, updated_at FROM sales_order WHERE {} \
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
    show(&request.id("id")?).map(Response::ok)
}

pub fn create(request: &Request) -> Answer {
    let order = Order::read(request.object_of(&["contact_id", "lines"])?)?;
    let no_contact = || Error::conflict("CONTACT_NOT_FOUND", "the order's contact does not exist");
    let row = db::execute_returning(
        "INSERT INTO sales_order (contact_id, total_cents) VALUES ($1, $2) RETURNING id",
        json!([order.contact_id, order.total_cents()]),
    )
    .map_err(|error| if error.code() == "FOREIGN_KEY_VIOLATION" { no_contact() } else { error })?
    .ok_or_else(|| Error::internal("the new order was not returned"))?;
    let id = row["id"].as_str().unwrap_or("").to_string();
    // A deleted contact still has its row. The refusal takes the order back with it.
    read::find(&order.contact_id).map_err(|error| if error.code() == "NOT_FOUND" { no_contact() } else { error })?;
    for (index, line) in order.lines.iter().enumerate() {
        db::execute(
            "INSERT INTO sales_order_line (order_id, line_number, product_id, description, quantity, unit_price_cents) \
             VALUES ($1, $2, $3, $4, $5, $6)",
            json!([id, index + 1, line.product_id, line.description, line.quantity, line.unit_price_cents]),
        )?;
    }
    Ok(Response::created(format!("/api/crm/orders/{}", id), show(&id)?))
}

pub fn cancel(request: &Request) -> Answer {
    advance(&request.id("id")?, "draft", "cancelled")
}

/// For inventory and invoicing, which do what the step stands for in the same transaction. Its permission is for no client.
pub fn step(request: &Request) -> Answer {
    let id = request.id("id")?;
    let step = Step::read(request.object_of(&["from", "to"])?)?;
    advance(&id, &step.from, &step.to)
}

fn advance(id: &str, from: &str, to: &str) -> Answer {
    let changed = db::execute(
        "UPDATE sales_order SET status = $3, updated_at = current_timestamp \
         WHERE id = $1 AND status = $2 AND deleted_at IS NULL",
        json!([id, from, to]),
    )?;
    let now = show(id)?; // 404 when there is none
    if changed == 0 {
        let code = format!("ORDER_NOT_{}", from.to_uppercase());
        return Err(Error::conflict(&code, format!("the order is {}", now["status"].as_str().unwrap_or("gone"))));
    }
    Ok(Response::ok(now))
}

/// The order with its lines, as every changing route answers it too.
fn show(id: &str) -> Result<Value, Error> {
    let mut order = db::first(
        "SELECT id, contact_id, status, total_cents, created_at, updated_at FROM sales_order \
         WHERE id = $1 AND deleted_at IS NULL",
        json!([id]),
    )?
    .ok_or_else(|| Error::not_found("order"))?;
    let lines = db::query(
        "SELECT product_id, description, quantity, unit_price_cents, quantity * unit_price_cents AS amount_cents \
         FROM sales_order_line WHERE order_id = $1 ORDER BY line_number",
        json!([id]),
    )?;
    order["lines"] = json!(lines);
    Ok(order)
}
