// SPDX-License-Identifier: Apache-2.0
//! Changing contacts. `version` guards against two people overwriting each other: a change names the version it was
//! made from, and is refused when another change came first.

use crate::{contact, contact::Contact, contact_columns, read};
use ingot_guest::{db, field, json, Answer, Error, Request, Response};

fn email_taken(error: Error) -> Error {
    db::unique("EMAIL_TAKEN", "another contact has this email")(error)
}

pub fn create(request: &Request) -> Answer {
    let contact = Contact::read(request.object_of(contact::FIELDS)?)?;
    let row = db::execute_returning(
        concat!(
            "INSERT INTO contact (name, email, phone, company_name, kind, credit_limit_cents, tags) ",
            "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ",
            contact_columns!()
        ),
        json!(contact.params()),
    )
    .map_err(email_taken)?
    .ok_or_else(|| Error::internal("the new contact was not returned"))?;
    let location = format!("/api/crm/contacts/{}", row["id"].as_str().unwrap_or(""));
    Ok(Response::created(location, row))
}

/// PUT: the body is the whole contact; what it leaves out falls back to its default.
pub fn replace(request: &Request) -> Answer {
    store(&request.id("id")?, changed(request)?)
}

/// PATCH: the body names only what changes.
pub fn amend(request: &Request) -> Answer {
    let id = request.id("id")?;
    let mut whole = match read::find(&id)? {
        ingot_guest::Value::Object(whole) => whole,
        _ => return Err(Error::internal("a row is not an object")),
    };
    whole.remove("version"); // The client must say which version it has seen.
    for (name, value) in changed(request)? {
        whole.insert(name.clone(), value.clone());
    }
    store(&id, &whole)
}

fn changed(request: &Request) -> Result<&field::Object, Error> {
    request.object_of(&[contact::FIELDS, &["version"]].concat())
}

fn store(id: &str, body: &field::Object) -> Answer {
    let contact = Contact::read(body)?;
    let version = field::integer(body, "version", None, 1, i32::MAX as i64)?;
    let mut params = contact.params();
    params.push(json!(id));
    params.push(json!(version));
    let row = db::execute_returning(
        concat!(
            "UPDATE contact SET name = $1, email = $2, phone = $3, company_name = $4, kind = $5, ",
            "credit_limit_cents = $6, tags = $7, version = version + 1, updated_at = current_timestamp ",
            "WHERE id = $8 AND version = $9 AND deleted_at IS NULL RETURNING ",
            contact_columns!()
        ),
        json!(params),
    )
    .map_err(email_taken)?;
    match row {
        Some(row) => Ok(Response::ok(row)),
        None => {
            let now = read::find(id)?; // 404 when it is gone altogether
            Err(Error::conflict("VERSION_CONFLICT", format!("the contact is at version {} by now", now["version"])))
        }
    }
}

/// Soft: the row stays for the record. Its email moves aside, so that the address is free again.
pub fn delete(request: &Request) -> Answer {
    let id = request.id("id")?;
    let changed = db::execute(
        "UPDATE contact SET released_email = email, email = NULL, version = version + 1, \
         deleted_at = current_timestamp, updated_at = current_timestamp WHERE id = $1 AND deleted_at IS NULL",
        json!([id]),
    )?;
    match changed {
        0 => Err(Error::not_found("contact")),
        _ => Ok(Response::ok(json!({"id": id, "deleted": true}))),
    }
}
