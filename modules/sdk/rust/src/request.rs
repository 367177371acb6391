// SPDX-License-Identifier: Apache-2.0
//! The request as the host wrote it.

use crate::Error;
use serde_json::{Map, Value};

pub struct Request {
    whole: Value,
}

impl Request {
    pub(crate) fn parse(text: &[u8]) -> Result<Request, Error> {
        // The host's text is JSON for sure; only a body nested beyond reason is refused here.
        let whole = serde_json::from_slice(text)
            .map_err(|_| Error::bad_request("INVALID_REQUEST", "the body is nested too deeply"))?;
        Ok(Request { whole })
    }

    /// A `{name}` of the route's path; "" when the route has none of that name.
    pub fn param(&self, name: &str) -> &str {
        self.whole["params"][name].as_str().unwrap_or("")
    }

    /// A `{name}` that must be a UUID, in the spelling the database uses. A malformed one names nothing: 404.
    /// It must not reach the database, where PostgreSQL refuses it and SQLite compares it as text.
    pub fn id(&self, name: &str) -> Result<String, Error> {
        canonical_uuid(self.param(name)).ok_or_else(|| Error::not_found("record"))
    }

    /// A value behind `?` in the address.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.whole["query"][name].as_str()
    }

    /// A header; the host spells names in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.whole["headers"][name].as_str()
    }

    pub fn request_id(&self) -> &str {
        self.whole["request_id"].as_str().unwrap_or("")
    }

    /// The body, of any JSON type; null when there was none.
    pub fn body(&self) -> &Value {
        &self.whole["body"]
    }

    /// The body where only an object makes sense.
    pub fn object(&self) -> Result<&Map<String, Value>, Error> {
        self.body()
            .as_object()
            .ok_or_else(|| Error::bad_request("BODY_NOT_OBJECT", "the body must be a JSON object"))
    }

    /// The body where only an object with some of these members makes sense.
    pub fn object_of(&self, names: &[&str]) -> Result<&Map<String, Value>, Error> {
        let object = self.object()?;
        crate::field::only(object, names)?;
        Ok(object)
    }
}

/// `8-4-4-4-12` hexadecimal digits, lower-cased; nothing for any other text.
pub fn canonical_uuid(text: &str) -> Option<String> {
    let well_formed = text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    well_formed.then(|| text.to_ascii_lowercase())
}
