// SPDX-License-Identifier: Apache-2.0
//! `?limit=` and `?offset=`, the same in every list.

use crate::{Error, Request, Value};
use serde_json::json;

pub const LIMIT_DEFAULT: i64 = 50;
pub const LIMIT_MAX: i64 = 200;
const OFFSET_MAX: i64 = 1_000_000;

pub struct Page {
    pub limit: i64,
    pub offset: i64,
}

impl Page {
    pub fn of(request: &Request) -> Result<Page, Error> {
        Ok(Page {
            limit: number(request, "limit", LIMIT_DEFAULT, 1, LIMIT_MAX)?,
            offset: number(request, "offset", 0, 0, OFFSET_MAX)?,
        })
    }

    /// The body of a list.
    pub fn body(&self, items: Vec<Value>, total: Option<&Value>) -> Value {
        json!({"items": items, "total": total, "limit": self.limit, "offset": self.offset})
    }
}

fn number(request: &Request, name: &str, default: i64, min: i64, max: i64) -> Result<i64, Error> {
    let text = match request.query(name) {
        None => return Ok(default),
        Some(text) => text,
    };
    match text.parse() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => Err(Error::bad_request("INVALID_QUERY", format!("{} must be a number from {} to {}", name, min, max))),
    }
}
