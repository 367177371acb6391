// SPDX-License-Identifier: Apache-2.0
//! Statements over the module's own tables. One request is one transaction: the host begins it with the first
//! statement, commits it when the answer's status is below 400, and rolls it back otherwise.

use crate::{host, log, Error, Level};
use serde_json::Value;

/// Rows of a statement that reads. `params` is a JSON array, `$1` its first element.
pub fn query(sql: &str, params: Value) -> Result<Vec<Value>, Error> {
    Ok(take_rows(&mut parse(host::query(sql, &params.to_string()))?))
}

/// The first row of a statement that reads.
pub fn first(sql: &str, params: Value) -> Result<Option<Value>, Error> {
    Ok(query(sql, params)?.into_iter().next())
}

/// A statement that changes rows: how many it changed.
pub fn execute(sql: &str, params: Value) -> Result<u64, Error> {
    Ok(parse(host::execute(sql, &params.to_string()))?["rows_affected"].as_u64().unwrap_or(0))
}

/// A statement that changes rows and has RETURNING: the first row it returned.
pub fn execute_returning(sql: &str, params: Value) -> Result<Option<Value>, Error> {
    Ok(take_rows(&mut parse(host::execute(sql, &params.to_string()))?).into_iter().next())
}

fn parse(outcome: host::Outcome) -> Result<Value, Error> {
    let text = outcome.map_err(|text| failure(&text))?;
    serde_json::from_slice(&text).map_err(|_| Error::internal("the host's result is not JSON"))
}

fn take_rows(result: &mut Value) -> Vec<Value> {
    match result["rows"].take() {
        Value::Array(rows) => rows,
        _ => Vec::new(),
    }
}

/// The answer to a failed statement. What the client may have caused keeps its code; the rest is our fault,
/// told to the log in full and to the client in general.
pub(crate) fn failure(text: &[u8]) -> Error {
    let parsed: Value = serde_json::from_slice(text).unwrap_or(Value::Null);
    let code = parsed["error"]["code"].as_str().unwrap_or("DATABASE_ERROR");
    let message = parsed["error"]["message"].as_str().unwrap_or("");
    let status = match code {
        "UNIQUE_VIOLATION" | "FOREIGN_KEY_VIOLATION" | "TRANSACTION_ABORTED" => 409,
        "NOT_NULL_VIOLATION" | "CHECK_VIOLATION" | "INVALID_PARAMS" => 400,
        "BUSY" | "DEADLINE" | "LIMIT" | "UNAVAILABLE" => 503,
        _ => 500,
    };
    if status < 500 {
        return Error::new(status, code, message);
    }
    log(Level::Error, &format!("{}: {}", code, message));
    Error::new(status, code, "the database could not serve this request")
}

/// Gives a violated unique column its business name: `.map_err(db::unique("EMAIL_TAKEN", "..."))`.
pub fn unique<'a>(code: &'a str, message: &'a str) -> impl Fn(Error) -> Error + 'a {
    move |error| match error.code() {
        "UNIQUE_VIOLATION" => Error::conflict(code, message),
        _ => error,
    }
}

/// A text as a LIKE pattern that finds it anywhere; use with `ESCAPE '\'`, which both databases understand.
pub fn contains_pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
