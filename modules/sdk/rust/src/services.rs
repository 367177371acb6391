// SPDX-License-Identifier: Apache-2.0
//! The host's small services: log, randomness, time, and other modules.

use crate::{host, Error};
use serde_json::Value;

#[derive(Clone, Copy)]
pub enum Level {
    Trace = 0,
    Debug = 1,
    Info = 2,
    Warn = 3,
    Error = 4,
}

pub fn log(level: Level, text: &str) {
    host::log_level(level as u32, text)
}

/// Fresh random bytes. No two requests see the same ones.
pub fn random<const SIZE: usize>() -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    host::random(&mut bytes);
    bytes
}

/// Milliseconds since 1970-01-01 UTC.
pub fn now_ms() -> i64 {
    host::now_ms()
}

/// Another module's answer. `status` of 400 or more is its refusal; what to make of it is the caller's decision.
pub struct CallAnswer {
    pub status: u16,
    pub body: Value,
}

/// Calls a route of a module named in `depends`, inside this request's transaction. `path` is the other module's own.
pub fn call(module: &str, method: &str, path: &str, body: &Value) -> Result<CallAnswer, Error> {
    let text = host::call(module, method, path, &body.to_string()).map_err(|text| crate::db::failure(&text))?;
    let answer: Value = serde_json::from_slice(&text).map_err(|_| Error::internal("the call's answer is not JSON"))?;
    Ok(CallAnswer { status: answer["status"].as_u64().unwrap_or(500) as u16, body: answer["body"].clone() })
}
