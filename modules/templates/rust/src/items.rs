// SPDX-License-Identifier: Apache-2.0
//! Items: a name and a quantity each.

use ingot_guest::{data, field, json, page::Page, Answer, Error, Request, Response, Value};

const TABLE: &str = "@NAME@_item";

/// `?limit=50&after=CURSOR`, by name; `next` of the answer is the cursor of the following page.
pub fn list(request: &Request) -> Answer {
    let mut find = json!({"op": "find", "table": TABLE, "sort": ["name"], "limit": Page::of(request)?.limit});
    if let Some(cursor) = request.query("after") {
        find["after"] = json!(cursor);
    }
    Ok(Response::ok(data::ask(&find)?))
}

pub fn get(request: &Request) -> Answer {
    let row = data::row(&json!({"op": "get", "table": TABLE, "id": request.id("id")?}))?;
    Ok(Response::ok(row))
}

pub fn create(request: &Request) -> Answer {
    let row = data::row(&json!({"op": "create", "table": TABLE, "values": values(request)?}))?;
    let location = format!("/api/@NAME@/items/{}", row["id"].as_str().unwrap_or(""));
    Ok(Response::created(location, row))
}

/// The body names the version it has seen; when somebody was quicker, the answer is 409.
pub fn update(request: &Request) -> Answer {
    let id = request.id("id")?;
    let version = field::integer(request.object()?, "version", None, 1, i32::MAX.into())?;
    let row = data::row(&json!({"op": "update", "table": TABLE, "id": id, "version": version, "set": values(request)?}))?;
    Ok(Response::ok(row))
}

/// What a client may say about an item; `version` when it changes one.
fn values(request: &Request) -> Result<Value, Error> {
    let body = request.object_of(&["name", "quantity", "version"])?;
    Ok(json!({
        "name": field::text(body, "name", 120)?,
        "quantity": field::integer(body, "quantity", Some(0), 0, 1_000_000)?,
    }))
}
