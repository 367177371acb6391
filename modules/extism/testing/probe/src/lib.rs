// SPDX-License-Identifier: Apache-2.0
//! What a plugin can ask of its host, one export each. For the tests.
use extism_pdk::*;

/// Counts its calls in a variable; begins at the configuration's `first`.
#[plugin_fn]
pub fn count(_: ()) -> FnResult<String> {
    let before: i64 = match var::get::<Vec<u8>>("count")? {
        Some(bytes) => String::from_utf8(bytes)?.parse()?,
        None => config::get("first")?.map_or(Ok(0), |text| text.parse())?,
    };
    let after = (before + 1).to_string();
    var::set("count", after.as_str())?;
    Ok(after)
}

/// The configuration's value of the name that comes in.
#[plugin_fn]
pub fn setting(name: String) -> FnResult<String> {
    config::get(&name)?.ok_or_else(|| WithReturnCode::new(Error::msg(format!("nobody has set {}", name)), 3))
}

/// Says its input on four levels.
#[plugin_fn]
pub fn say(text: String) -> FnResult<()> {
    debug!("{}", text);
    info!("{}", text);
    warn!("{}", text);
    error!("{}", text);
    Ok(())
}

/// Fails with its input and the code 7.
#[plugin_fn]
pub fn fail(text: String) -> FnResult<()> {
    Err(WithReturnCode::new(Error::msg(text), 7))
}

/// Asks for the address that comes in; status, a line feed, the body.
#[plugin_fn]
pub fn fetch(url: String) -> FnResult<String> {
    let answer = http::request::<()>(&HttpRequest::new(url), None)?;
    Ok(format!("{}\n{}", answer.status_code(), String::from_utf8(answer.body())?))
}

/// Stores as many bytes in a variable as comes in as a number.
#[plugin_fn]
pub fn hoard(amount: String) -> FnResult<String> {
    var::set("hoard", vec![b'x'; amount.trim().parse()?])?;
    Ok(var::get::<Vec<u8>>("hoard")?.map_or(0, |bytes| bytes.len()).to_string())
}

#[plugin_fn]
pub fn panics(text: String) -> FnResult<()> {
    panic!("{}", text)
}
