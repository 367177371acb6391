// SPDX-License-Identifier: Apache-2.0
//! Warehouses, each perhaps of one of core's companies.

use crate::{moves::uuid, products::code};
use ingot_guest::{call, db, field, json, page::Page, Answer, Error, Request, Response, Value};

pub fn list(request: &Request) -> Answer {
    let page = Page::of(request)?;
    let total = db::first("SELECT count(*) AS total FROM warehouse", json!([]))?;
    let items = db::query(
        "SELECT id, code, name, company_id, created_at, updated_at FROM warehouse ORDER BY code LIMIT $1 OFFSET $2",
        json!([page.limit, page.offset]),
    )?;
    Ok(Response::ok(page.body(items, total.as_ref().map(|row| &row["total"]))))
}

pub fn get(request: &Request) -> Answer {
    let row = db::first(
        "SELECT id, code, name, company_id, created_at, updated_at FROM warehouse WHERE id = $1",
        json!([request.id("id")?]),
    )?;
    row.map(Response::ok).ok_or_else(|| Error::not_found("warehouse"))
}

pub fn create(request: &Request) -> Answer {
    let body = request.object_of(&["code", "name", "company_id"])?;
    let name = field::text(body, "name", 200)?;
    let code = code(field::text(body, "code", 20)?, "code")?;
    let company = match body.get("company_id") {
        None | Some(Value::Null) => None,
        Some(_) => Some(uuid(body, "company_id")?),
    };
    let row = db::execute_returning(
        "INSERT INTO warehouse (code, name, company_id) VALUES ($1, $2, $3) \
         RETURNING id, code, name, company_id, created_at, updated_at",
        json!([code, name, company]),
    )
    .map_err(db::unique("WAREHOUSE_CODE_TAKEN", "another warehouse has this code"))?
    .ok_or_else(|| Error::internal("the new warehouse was not returned"))?;
    if let Some(id) = company {
        let answer = call("core", "GET", &format!("/companies/{}", id), &Value::Null)?;
        if answer.status >= 400 {
            return Err(Error::conflict("COMPANY_NOT_FOUND", "the warehouse's company does not exist"));
        }
    }
    let location = format!("/api/inventory/warehouses/{}", row["id"].as_str().unwrap_or(""));
    Ok(Response::created(location, row))
}
