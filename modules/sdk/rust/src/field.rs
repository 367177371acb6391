// SPDX-License-Identifier: Apache-2.0
//! Reading one field of a JSON object with its rule. Every failure is a 400 that names the field.

use crate::Error;
use serde_json::{Map, Value};

pub type Object = Map<String, Value>;

pub fn invalid(field: &str, rule: &str) -> Error {
    Error::bad_request("INVALID_FIELD", format!("{}: {}", field, rule))
}

/// Refuses members that are none of these: a misspelt one would otherwise be taken for one that was left out.
pub fn only(object: &Object, names: &[&str]) -> Result<(), Error> {
    match object.keys().find(|name| !names.contains(&name.as_str())) {
        Some(name) => Err(invalid(&shortened(name), "is not known here")),
        None => Ok(()),
    }
}

/// Enough of a name that somebody else made to find it again.
fn shortened(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(64).collect()
}

/// A text that must be there. Blanks around it count, and are dropped; length counts characters, as VARCHAR does.
pub fn text(object: &Object, field: &str, length_max: usize) -> Result<String, Error> {
    optional_text(object, field, length_max)?.ok_or_else(|| invalid(field, "is required"))
}

/// A text that may be absent, null or blank.
pub fn optional_text(object: &Object, field: &str, length_max: usize) -> Result<Option<String>, Error> {
    let value = match object.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.as_str(),
        Some(_) => return Err(invalid(field, "must be a text")),
    };
    if value.chars().count() > length_max {
        return Err(invalid(field, &format!("must be at most {} characters", length_max)));
    }
    let value = value.trim_matches(is_blank);
    // Neither belongs in a name, and PostgreSQL stores no NUL at all.
    if value.chars().any(char::is_control) {
        return Err(invalid(field, "must not contain control characters"));
    }
    Ok(if value.is_empty() { None } else { Some(value.to_string()) })
}

/// What JavaScript's `\s` is, so that modules in every language agree.
pub fn is_blank(letter: char) -> bool {
    (letter.is_whitespace() && letter != '\u{85}') || letter == '\u{feff}'
}

/// 7, and 7.0 too: JSON knows one kind of number. Nothing where a fraction would be lost, or the number has lost one.
fn whole(value: &Value) -> Option<i64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0; // 2^53
    value.as_i64().or_else(|| value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < EXACT_MAX).map(|number| number as i64))
}

/// A whole number in a range, or the default when absent.
pub fn integer(object: &Object, field: &str, default: Option<i64>, min: i64, max: i64) -> Result<i64, Error> {
    let number = match object.get(field) {
        None | Some(Value::Null) => default.ok_or_else(|| invalid(field, "is required"))?,
        Some(value) => whole(value).ok_or_else(|| invalid(field, "must be a whole number"))?,
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
