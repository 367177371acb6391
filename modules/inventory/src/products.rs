// SPDX-License-Identifier: Apache-2.0
//! Products. None is ever deleted, since moves name it for good; an inactive one takes no more goods in.

use ingot_guest::{db, field, json, page::Page, Answer, Error, Request, Response};

const PRICE_CENTS_MAX: i64 = 10_000_000_000;

struct Product {
    sku: String,
    name: String,
    price_cents: i64,
    active: bool,
}

impl Product {
    fn read(request: &Request) -> Result<Product, Error> {
        let body = request.object_of(&["sku", "name", "price_cents", "active"])?;
        Ok(Product {
            sku: code(field::text(body, "sku", 40)?, "sku")?,
            name: field::text(body, "name", 200)?,
            price_cents: field::integer(body, "price_cents", None, 0, PRICE_CENTS_MAX)?,
            active: field::boolean(body, "active", true)?,
        })
    }
}

/// What people type and scan: letters, digits and - . _ only, kept in upper case so that `unique` means one thing.
pub fn code(text: String, name: &str) -> Result<String, Error> {
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
        return Err(field::invalid(name, "must be letters, digits and - . _"));
    }
    Ok(text.to_ascii_uppercase())
}

fn sku_taken(error: Error) -> Error {
    db::unique("SKU_TAKEN", "another product has this sku")(error)
}

pub fn list(request: &Request) -> Answer {
    let page = Page::of(request)?;
    let total = db::first("SELECT count(*) AS total FROM product", json!([]))?;
    let items = db::query(
        "SELECT id, sku, name, price_cents, active, created_at, updated_at FROM product ORDER BY sku LIMIT $1 OFFSET $2",
        json!([page.limit, page.offset]),
    )?;
    Ok(Response::ok(page.body(items, total.as_ref().map(|row| &row["total"]))))
}

pub fn get(request: &Request) -> Answer {
    let row = db::first(
        "SELECT id, sku, name, price_cents, active, created_at, updated_at FROM product WHERE id = $1",
        json!([request.id("id")?]),
    )?;
    row.map(Response::ok).ok_or_else(|| Error::not_found("product"))
}

pub fn create(request: &Request) -> Answer {
    let product = Product::read(request)?;
    let row = db::execute_returning(
        "INSERT INTO product (sku, name, price_cents, active) VALUES ($1, $2, $3, $4) \
         RETURNING id, sku, name, price_cents, active, created_at, updated_at",
        json!([product.sku, product.name, product.price_cents, product.active]),
    )
    .map_err(sku_taken)?
    .ok_or_else(|| Error::internal("the new product was not returned"))?;
    let location = format!("/api/inventory/products/{}", row["id"].as_str().unwrap_or(""));
    Ok(Response::created(location, row))
}

pub fn update(request: &Request) -> Answer {
    let id = request.id("id")?;
    let product = Product::read(request)?;
    let row = db::execute_returning(
        "UPDATE product SET sku = $2, name = $3, price_cents = $4, active = $5, updated_at = current_timestamp \
         WHERE id = $1 RETURNING id, sku, name, price_cents, active, created_at, updated_at",
        json!([id, product.sku, product.name, product.price_cents, product.active]),
    )
    .map_err(sku_taken)?;
    row.map(Response::ok).ok_or_else(|| Error::not_found("product"))
}
