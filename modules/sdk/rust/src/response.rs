// SPDX-License-Identifier: Apache-2.0
//! Answers and refusals.

use serde_json::{json, Map, Value};

/// What a handler gives.
pub type Answer = Result<Response, Error>;

pub struct Response {
    status: u16,
    headers: Map<String, Value>,
    body: Value,
}

impl Response {
    pub fn ok(body: Value) -> Response {
        Response { status: 200, headers: Map::new(), body }
    }

    /// 201 with the address of the new record.
    pub fn created(location: String, body: Value) -> Response {
        Response { status: 201, ..Response::ok(body) }.header("location", location)
    }

    pub fn header(mut self, name: &str, value: String) -> Response {
        self.headers.insert(name.into(), Value::String(value));
        self
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        json!({"status": self.status, "headers": self.headers, "body": self.body}).to_string().into_bytes()
    }
}

/// A refusal. Its status is 400 or more, so the host rolls the request's transaction back.
#[derive(Debug)]
pub struct Error {
    status: u16,
    code: String,
    message: String,
}

impl Error {
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Error {
        debug_assert!(status >= 400);
        Error { status, code: code.into(), message: message.into() }
    }

    pub fn bad_request(code: &str, message: impl Into<String>) -> Error {
        Error::new(400, code, message)
    }

    pub fn not_found(what: &str) -> Error {
        Error::new(404, "NOT_FOUND", format!("no such {}", what))
    }

    pub fn conflict(code: &str, message: impl Into<String>) -> Error {
        Error::new(409, code, message)
    }

    pub fn internal(message: &str) -> Error {
        Error::new(500, "INTERNAL_ERROR", message)
    }

    pub fn code(&self) -> &str {
        &self.code
    }

    pub(crate) fn into_response(self) -> Response {
        let body = json!({"code": self.code, "message": self.message});
        Response { status: self.status, ..Response::ok(body) }
    }
}
