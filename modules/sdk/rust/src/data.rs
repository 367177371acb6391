// SPDX-License-Identifier: Apache-2.0
//! The data service: what a module wants of its own tables, said in JSON (`abi/DATA.md`). The host makes the SQL, keeps times
//! and versions, deletes softly, asks for rights and writes down who changed what.

use crate::{db, host, Error};
use serde_json::Value;

/// The service's answer. What the caller may have caused comes back as a refusal to return: 404 for a row that is not there, 409
/// for a version that is not the latest, 403 for a right that is missing, 400 for a request that is wrong.
pub fn ask(request: &Value) -> Result<Value, Error> {
    let text = host::data(&request.to_string()).map_err(|text| refusal(&text))?;
    serde_json::from_slice(&text).map_err(|_| Error::internal("the host's result is not JSON"))
}

/// The row of an answer that holds one: of get, create, update, upsert, delete and restore.
pub fn row(request: &Value) -> Result<Value, Error> {
    Ok(ask(request)?["row"].take())
}

fn refusal(text: &[u8]) -> Error {
    let parsed: Value = serde_json::from_slice(text).unwrap_or(Value::Null);
    let code = parsed["error"]["code"].as_str().unwrap_or("");
    let status = match code {
        "NOT_FOUND" => 404,
        "CONFLICT" => 409,
        "NOT_ALLOWED" => 403,
        _ => return db::failure(text),
    };
    Error::new(status, code, parsed["error"]["message"].as_str().unwrap_or(""))
}
