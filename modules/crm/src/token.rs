// SPDX-License-Identifier: Apache-2.0
//! A token for a link sent to a contact. It must be unguessable, so it is made of the host's random bytes.

use crate::read;
use ingot_guest::{json, now_ms, random, Answer, Request, Response};

const VALID_MS: i64 = 24 * 60 * 60 * 1000;

pub fn issue(request: &Request) -> Answer {
    let contact = read::find(&request.id("id")?)?;
    let token: String = random::<16>().iter().map(|byte| format!("{:02x}", byte)).collect();
    Ok(Response::ok(json!({"contact_id": contact["id"], "token": token, "expires_ms": now_ms() + VALID_MS})))
}
