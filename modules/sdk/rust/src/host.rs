// SPDX-License-Identifier: Apache-2.0
//! The raw imports. Nothing outside this file is `unsafe` because of the host: each wrapper passes the
//! address and length of a live slice, and the host copies before it returns.

mod raw {
    #[link(wasm_import_module = "host")]
    extern "C" {
        pub fn log_level(level: u32, text: *const u8, len: usize);
        pub fn register_route(
            method: *const u8,
            method_len: usize,
            path: *const u8,
            path_len: usize,
            handler_id: u32,
            permission: *const u8,
            permission_len: usize,
        ) -> i32;
        pub fn query(sql: *const u8, sql_len: usize, params: *const u8, params_len: usize) -> i32;
        pub fn execute(sql: *const u8, sql_len: usize, params: *const u8, params_len: usize) -> i32;
        pub fn data(request: *const u8, request_len: usize) -> i32;
        pub fn call(
            module: *const u8,
            module_len: usize,
            method: *const u8,
            method_len: usize,
            path: *const u8,
            path_len: usize,
            body: *const u8,
            body_len: usize,
        ) -> i32;
        pub fn result(address: *mut u8, capacity: usize) -> i32;
        pub fn random(address: *mut u8, len: usize);
        pub fn now_ms() -> i64;
    }
}

pub fn log_level(level: u32, text: &str) {
    unsafe { raw::log_level(level, text.as_ptr(), text.len()) }
}

pub fn register_route(method: &str, path: &str, handler_id: u32, permission: &str) -> i32 {
    unsafe {
        raw::register_route(
            method.as_ptr(),
            method.len(),
            path.as_ptr(),
            path.len(),
            handler_id,
            permission.as_ptr(),
            permission.len(),
        )
    }
}

/// The text of a success, or of a failure.
pub type Outcome = Result<Vec<u8>, Vec<u8>>;

pub fn query(sql: &str, params: &str) -> Outcome {
    fetch(unsafe { raw::query(sql.as_ptr(), sql.len(), params.as_ptr(), params.len()) })
}

pub fn execute(sql: &str, params: &str) -> Outcome {
    fetch(unsafe { raw::execute(sql.as_ptr(), sql.len(), params.as_ptr(), params.len()) })
}

pub fn data(request: &str) -> Outcome {
    fetch(unsafe { raw::data(request.as_ptr(), request.len()) })
}

pub fn call(module: &str, method: &str, path: &str, body: &str) -> Outcome {
    fetch(unsafe {
        raw::call(
            module.as_ptr(),
            module.len(),
            method.as_ptr(),
            method.len(),
            path.as_ptr(),
            path.len(),
            body.as_ptr(),
            body.len(),
        )
    })
}

/// Collects the text behind the number a host function gave: n >= 0 success, n < 0 failure, |n| bytes.
fn fetch(outcome: i32) -> Outcome {
    let mut text = vec![0u8; outcome.unsigned_abs() as usize];
    let copied = unsafe { raw::result(text.as_mut_ptr(), text.len()) };
    text.truncate(copied.max(0) as usize);
    if outcome >= 0 { Ok(text) } else { Err(text) }
}

pub fn random(bytes: &mut [u8]) {
    unsafe { raw::random(bytes.as_mut_ptr(), bytes.len()) }
}

pub fn now_ms() -> i64 {
    unsafe { raw::now_ms() }
}
