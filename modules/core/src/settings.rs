// SPDX-License-Identifier: Apache-2.0
//! Settings: any JSON value under a dotted key.

use ingot_guest::{db, field, json, page::Page, Answer, Error, Request, Response, Value};

/// A setting is configuration, not a document store.
const VALUE_BYTES_MAX: usize = 64 * 1024;

/// PostgreSQL gives a number back digit by digit. Near the end of a double's range, at 1.8e308, readers of that see infinity.
const NUMBER_MAX: f64 = 1e300;

pub fn list(request: &Request) -> Answer {
    let page = Page::of(request)?;
    let items = db::query(
        "SELECT key, value, updated_at FROM setting ORDER BY key LIMIT $1 OFFSET $2",
        json!([page.limit, page.offset]),
    )?;
    let total = db::first("SELECT count(*) AS total FROM setting", json!([]))?;
    Ok(Response::ok(page.body(items, total.as_ref().map(|row| &row["total"]))))
}

pub fn get(request: &Request) -> Answer {
    let key = key(request)?;
    let row = db::first("SELECT key, value, updated_at FROM setting WHERE key = $1", json!([key]))?;
    row.map(Response::ok).ok_or_else(|| Error::not_found("setting"))
}

/// Creates or replaces: the same request twice leaves the same setting.
pub fn put(request: &Request) -> Answer {
    let key = key(request)?;
    let body = request.object_of(&["value"])?;
    let value = body.get("value").ok_or_else(|| field::invalid("value", "is required"))?;
    if holds_nul(value) {
        return Err(field::invalid("value", "must not contain NUL characters"));
    }
    if holds_vast(value) {
        return Err(field::invalid("value", "must not contain numbers beyond 1e300"));
    }
    // As JSON text, whatever its type: a bare string would reach the JSONB column as something that is not JSON.
    let text = value.to_string();
    if text.len() > VALUE_BYTES_MAX {
        return Err(field::invalid("value", "is larger than 64 KiB"));
    }
    let row = db::execute_returning(
        "INSERT INTO setting (key, value) VALUES ($1, $2) \
         ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = current_timestamp \
         RETURNING key, value, updated_at",
        json!([key, text]),
    )?;
    row.map(Response::ok).ok_or_else(|| Error::internal("the setting was not returned"))
}

/// PostgreSQL's JSONB has no NUL character, SQLite's text has: neither gets one.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(members) => members.iter().any(|(name, item)| name.contains('\0') || holds_nul(item)),
        _ => false,
    }
}

fn holds_vast(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64().map_or(true, |number| number.abs() > NUMBER_MAX),
        Value::Array(items) => items.iter().any(holds_vast),
        Value::Object(members) => members.values().any(holds_vast),
        _ => false,
    }
}

fn key(request: &Request) -> Result<&str, Error> {
    let key = request.param("key");
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if key.is_empty() || key.len() > 128 || !key.bytes().all(letter) {
        return Err(field::invalid("key", "must be 1 to 128 of a-z A-Z 0-9 . _ -"));
    }
    Ok(key)
}
