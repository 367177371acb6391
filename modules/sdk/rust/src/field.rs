// SPDX-License-Identifier: Apache-2.0
//! Reading one field of a JSON object with its rule. Every failure is a 400 that names the field.

use crate::Error;
use serde_json::{Map, Value};

pub type Object = Map<String, Value>;

pub fn invalid(field: &str, rule: &str) -> Error {
    Error::bad_request("INVALID_FIELD", format!("{}: {}", field, rule))
}

/// A text that must be there. Blanks around it are dropped; length counts characters, as VARCHAR does.
pub fn text(object: &Object, field: &str, length_max: usize) -> Result<String, Error> {
    optional_text(object, field, length_max)?.ok_or_else(|| invalid(field, "is required"))
}

/// A text that may be absent, null or blank.
pub fn optional_text(object: &Object, field: &str, length_max: usize) -> Result<Option<String>, Error> {
    let value = match object.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.trim(),
        Some(_) => return Err(invalid(field, "must be a text")),
    };
    if value.chars().count() > length_max {
        return Err(invalid(field, &format!("must be at most {} characters", length_max)));
    }
    // Neither belongs in a name, and PostgreSQL stores no NUL at all.
    if value.chars().any(char::is_control) {
        return Err(invalid(field, "must not contain control characters"));
    }
    Ok(if value.is_empty() { None } else { Some(value.to_string()) })
}

/// A whole number in a range, or the default when absent.
pub fn integer(object: &Object, field: &str, default: Option<i64>, min: i64, max: i64) -> Result<i64, Error> {
    let number = match object.get(field) {
        None | Some(Value::Null) => default.ok_or_else(|| invalid(field, "is required"))?,
        Some(value) => value.as_i64().ok_or_else(|| invalid(field, "must be a whole number"))?,
    };
    if number < min || number > max {
        return Err(invalid(field, &format!("must be between {} and {}", min, max)));
    }
    Ok(number)
}

pub fn boolean(object: &Object, field: &str, default: bool) -> Result<bool, Error> {
    match object.get(field) {
        None | Some(Value::Null) => Ok(default),
        Some(value) => value.as_bool().ok_or_else(|| invalid(field, "must be true or false")),
    }
}

/// One of a few words, or the default when absent.
pub fn choice(object: &Object, field: &str, default: &str, words: &[&str]) -> Result<String, Error> {
    let word = optional_text(object, field, 64)?.unwrap_or_else(|| default.to_string());
    if !words.contains(&word.as_str()) {
        return Err(invalid(field, &format!("must be one of {}", words.join(", "))));
    }
    Ok(word)
}
