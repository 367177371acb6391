// SPDX-License-Identifier: Apache-2.0
//! Finding contacts.

use crate::{contact::KINDS, contact_columns};
use ingot_guest::{db, json, page::Page, Answer, Error, Request, Response, Value};

/// `?q=` looks into name, email and company name; `?kind=` narrows to one kind.
pub fn list(request: &Request) -> Answer {
    let page = Page::of(request)?;
    let (condition, mut params) = filter(request)?;

    let total = db::first(&format!("SELECT count(*) AS total FROM contact WHERE {}", condition), json!(params))?;
    let (limit_index, offset_index) = (params.len() + 1, params.len() + 2);
    params.push(json!(page.limit));
    params.push(json!(page.offset));
    let items = db::query(
        &format!(
            concat!("SELECT ", contact_columns!(), " FROM contact WHERE {} ORDER BY name, id LIMIT ${} OFFSET ${}"),
            condition, limit_index, offset_index
        ),
        json!(params),
    )?;
    Ok(Response::ok(page.body(items, total.as_ref().map(|row| &row["total"]))))
}

/// The WHERE of a list, made of our own words only; what the client said travels in the parameters.
fn filter(request: &Request) -> Result<(String, Vec<Value>), Error> {
    let mut condition = String::from("deleted_at IS NULL");
    let mut params = Vec::new();
    if let Some(kind) = request.query("kind") {
        if !KINDS.contains(&kind) {
            return Err(Error::bad_request("INVALID_QUERY", "kind must be person or company"));
        }
        params.push(json!(kind));
        condition += &format!(" AND kind = ${}", params.len());
    }
    if let Some(text) = request.query("q").map(str::trim).filter(|text| !text.is_empty()) {
        if text.contains('\0') {
            return Err(Error::bad_request("INVALID_QUERY", "q must not contain NUL characters"));
        }
        params.push(json!(db::contains_pattern(text)));
        // The database lowers both sides, so that both mean the same by it.
        let pattern = format!("lower(CAST(${} AS TEXT)) ESCAPE '\\'", params.len());
        condition += &format!(
            " AND (lower(name) LIKE {0} OR lower(email) LIKE {0} OR lower(company_name) LIKE {0})",
            pattern
        );
    }
    Ok((condition, params))
}

pub fn get(request: &Request) -> Answer {
    find(&request.id("id")?).map(Response::ok)
}

pub fn find(id: &str) -> Result<Value, Error> {
    let row = db::first(
        concat!("SELECT ", contact_columns!(), " FROM contact WHERE id = $1 AND deleted_at IS NULL"),
        json!([id]),
    )?;
    row.ok_or_else(|| Error::not_found("contact"))
}
