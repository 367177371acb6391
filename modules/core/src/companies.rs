// SPDX-License-Identifier: Apache-2.0
//! Companies. A deleted one keeps its row: other modules may still name it.

use ingot_guest::{db, field, json, page::Page, Answer, Error, Request, Response};

pub fn list(request: &Request) -> Answer {
    let page = Page::of(request)?;
    let items = db::query(
        "SELECT id, name, country, currency, active, created_at, updated_at FROM company \
         WHERE deleted_at IS NULL ORDER BY name, id LIMIT $1 OFFSET $2",
        json!([page.limit, page.offset]),
    )?;
    let total = db::first("SELECT count(*) AS total FROM company WHERE deleted_at IS NULL", json!([]))?;
    Ok(Response::ok(page.body(items, total.as_ref().map(|row| &row["total"]))))
}

pub fn get(request: &Request) -> Answer {
    let row = db::first(
        "SELECT id, name, country, currency, active, created_at, updated_at FROM company \
         WHERE id = $1 AND deleted_at IS NULL",
        json!([request.id("id")?]),
    )?;
    row.map(Response::ok).ok_or_else(|| Error::not_found("company"))
}

pub fn create(request: &Request) -> Answer {
    let company = Company::read(request)?;
    let row = db::execute_returning(
        "INSERT INTO company (name, country, currency, active) VALUES ($1, $2, $3, $4) \
         RETURNING id, name, country, currency, active, created_at, updated_at",
        json!([company.name, company.country, company.currency, company.active]),
    )?
    .ok_or_else(|| Error::internal("the new company was not returned"))?;
    let location = format!("/api/core/companies/{}", row["id"].as_str().unwrap_or(""));
    Ok(Response::created(location, row))
}

pub fn update(request: &Request) -> Answer {
    let id = request.id("id")?;
    let company = Company::read(request)?;
    let row = db::execute_returning(
        "UPDATE company SET name = $2, country = $3, currency = $4, active = $5, updated_at = current_timestamp \
         WHERE id = $1 AND deleted_at IS NULL \
         RETURNING id, name, country, currency, active, created_at, updated_at",
        json!([id, company.name, company.country, company.currency, company.active]),
    )?;
    row.map(Response::ok).ok_or_else(|| Error::not_found("company"))
}

pub fn delete(request: &Request) -> Answer {
    let id = request.id("id")?;
    let changed = db::execute(
        "UPDATE company SET deleted_at = current_timestamp, updated_at = current_timestamp, active = $2 \
         WHERE id = $1 AND deleted_at IS NULL",
        json!([id, false]),
    )?;
    match changed {
        0 => Err(Error::not_found("company")),
        _ => Ok(Response::ok(json!({"id": id, "deleted": true}))),
    }
}

/// What a client may say about a company.
struct Company {
    name: String,
    country: String,
    currency: String,
    active: bool,
}

impl Company {
    fn read(request: &Request) -> Result<Company, Error> {
        let body = request.object_of(&["name", "country", "currency", "active"])?;
        Ok(Company {
            name: field::text(body, "name", 200)?,
            country: letters(field::text(body, "country", 2)?, "country", 2)?,
            currency: letters(field::text(body, "currency", 3)?, "currency", 3)?,
            active: field::boolean(body, "active", true)?,
        })
    }
}

/// An ISO 3166 or ISO 4217 code: exactly so many letters, kept in upper case.
fn letters(code: String, name: &str, count: usize) -> Result<String, Error> {
    if code.len() != count || !code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(field::invalid(name, &format!("must be {} letters", count)));
    }
    Ok(code.to_ascii_uppercase())
}
