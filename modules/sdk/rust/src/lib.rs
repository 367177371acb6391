// SPDX-License-Identifier: Apache-2.0
//! Writing a business module in Rust. The contract is `abi/EERP.md`; this crate is its safe face.
//!
//! ```ignore
//! ingot_guest::module! {
//!     migrations: include_str!("../migrations.json"),
//!     openapi: include_str!("../openapi.json"),
//!     routes: [
//!         GET "/notes/{id}", "notes:note:read" => notes::get,
//!     ],
//! }
//!
//! fn get(request: &Request) -> Answer {
//!     let row = db::first("SELECT id, text FROM note WHERE id = $1", json!([request.id("id")?]))?;
//!     row.map(Response::ok).ok_or_else(|| Error::not_found("note"))
//! }
//! ```
//!
//! A module holds no state between requests: the host gives each request an instance nobody else touched.

pub mod data;
pub mod db;
pub mod field;
mod host;
mod memory;
mod module;
pub mod page;
mod panic;
mod request;
mod response;
mod services;

pub use module::{boundary, Handler, Route};
pub use request::{canonical_uuid, Request};
pub use response::{Answer, Error, Response};
pub use serde_json::{json, Value};
pub use services::{call, log, now_ms, random, CallAnswer, Level};
