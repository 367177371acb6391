// SPDX-License-Identifier: Apache-2.0
//! Finds personal data of Brazil's data protection act (LGPD) in a text: `analyse` reports it, `mask` hides it.
//! Configuration: `ignore`, kinds to leave out, with commas between; `keep`, how many characters at the end stay readable (2).
mod digits;
mod find;
mod scan;

use extism_pdk::*;
use find::Place;
use scan::text_of;
use serde::Serialize;

#[derive(Serialize)]
struct Finding {
    kind: &'static str,
    start: usize,
    end: usize,
    masked: String,
}

#[derive(Serialize)]
struct Report {
    findings: Vec<Finding>,
    sensitive: bool,
}

struct Settings {
    ignore: String,
    keep: usize,
}

fn settings() -> Result<Settings, Error> {
    let keep = match config::get("keep")? {
        Some(text) => text.parse().map_err(|_| Error::msg(format!("keep is a number of characters, not {:?}", text)))?,
        None => 2,
    };
    Ok(Settings { ignore: config::get("ignore")?.unwrap_or_default(), keep })
}

fn wanted(text: &str, settings: &Settings) -> Vec<Place> {
    let ignored = |kind: &str| settings.ignore.split(',').any(|name| name.trim() == kind);
    find::places(text).into_iter().filter(|place| !ignored(place.kind)).collect()
}

/// Letters and digits become stars but for the last `keep`; what divides them stays, so that one sees what it was. A place is ASCII throughout.
fn hide(place: &mut [u8], keep: usize) {
    let readable = place.iter().filter(|byte| byte.is_ascii_alphanumeric()).count().saturating_sub(keep);
    for byte in place.iter_mut().filter(|byte| byte.is_ascii_alphanumeric()).take(readable) {
        *byte = b'*';
    }
}

fn masked(place: &str, keep: usize) -> String {
    let mut bytes = place.as_bytes().to_vec();
    hide(&mut bytes, keep);
    bytes.into_iter().map(char::from).collect()
}

/// Text in; what was found, as JSON, out.
#[plugin_fn]
pub fn analyse(input: Vec<u8>) -> FnResult<String> {
    let text = text_of(input)?;
    let settings = settings()?;
    let findings: Vec<Finding> = wanted(&text, &settings)
        .iter()
        .map(|place| Finding { kind: place.kind, start: place.start, end: place.end, masked: masked(&text[place.start..place.end], settings.keep) })
        .collect();
    info!("{} findings", findings.len());
    let report = Report { sensitive: !findings.is_empty(), findings };
    Ok(serde_json::to_string(&report)?)
}

/// Text in, the same text with what was found hidden out.
#[plugin_fn]
pub fn mask(input: Vec<u8>) -> FnResult<Memory> {
    let text = text_of(input)?;
    let settings = settings()?;
    let places = wanted(&text, &settings);
    let mut out = text.into_bytes();
    for place in places {
        hide(&mut out[place.start..place.end], settings.keep);
    }
    // Of a Vec the kit would make a copy first.
    Ok(Memory::from_bytes(out)?)
}
