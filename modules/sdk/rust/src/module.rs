// SPDX-License-Identifier: Apache-2.0
//! The route table and the exports made from it.

use crate::{host, log, Answer, Error, Level, Request};

pub type Handler = fn(&Request) -> Answer;

/// One line of the table. Its index is the handler id.
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub permission: &'static str,
    pub handler: Handler,
}

/// Makes a module: its exports, its migration text, what it says of its routes, if it says something (abi/OPENAPI.md), and the routes themselves. Use once per crate.
#[macro_export]
macro_rules! module {
    (@text) => { "" };
    (@text $text:expr) => { $text };
    (
        migrations: $migrations:expr,
        $( openapi: $openapi:expr, )?
        routes: [ $( $method:ident $path:literal, $permission:literal => $handler:expr ),+ $(,)? ] $(,)?
    ) => {
        static MIGRATIONS: &str = $migrations;
        static OPENAPI: &str = $crate::module!(@text $( $openapi )?);
        static ROUTES: &[$crate::Route] = &[ $(
            $crate::Route {
                method: stringify!($method),
                path: $path,
                permission: $permission,
                handler: $handler,
            }
        ),+ ];

        #[no_mangle]
        pub extern "C" fn migrate() -> u32 { MIGRATIONS.as_ptr() as u32 }

        #[no_mangle]
        pub extern "C" fn migrate_len() -> u32 { MIGRATIONS.len() as u32 }

        #[no_mangle]
        pub extern "C" fn openapi() -> u32 { OPENAPI.as_ptr() as u32 }

        #[no_mangle]
        pub extern "C" fn openapi_len() -> u32 { OPENAPI.len() as u32 }

        #[no_mangle]
        pub extern "C" fn init() { $crate::boundary::init(ROUTES) }

        #[no_mangle]
        pub extern "C" fn alloc(size: u32) -> u32 { $crate::boundary::alloc(size) }

        /// # Safety
        /// Called by the host, with a buffer of this module.
        #[no_mangle]
        pub unsafe extern "C" fn dealloc(address: u32, size: u32) {
            $crate::boundary::dealloc(address, size)
        }

        /// # Safety
        /// Called by the host, with a request it has written into a buffer of `alloc`.
        #[no_mangle]
        pub unsafe extern "C" fn handle(handler_id: u32, request: u32, request_len: u32) -> u64 {
            $crate::boundary::handle(ROUTES, handler_id, request, request_len)
        }
    };
}

/// What the exports made by `module!` do. Not for handlers.
pub mod boundary {
    use super::*;
    use crate::{memory, panic};

    pub fn init(routes: &[Route]) {
        panic::install_hook();
        for (id, route) in routes.iter().enumerate() {
            let code = host::register_route(route.method, route.path, id as u32, route.permission);
            if code < 0 {
                log(Level::Error, &format!("route {} {} was refused: {}", route.method, route.path, code));
            }
        }
    }

    pub fn alloc(size: u32) -> u32 {
        memory::give(size as usize) as u32
    }

    /// # Safety
    /// See `memory::take_back`.
    pub unsafe fn dealloc(address: u32, size: u32) {
        memory::take_back(address as usize as *mut u8, size as usize)
    }

    /// # Safety
    /// `request` and `request_len` are a live buffer in this module's memory.
    pub unsafe fn handle(routes: &[Route], handler_id: u32, request: u32, request_len: u32) -> u64 {
        panic::install_hook();
        let text = std::slice::from_raw_parts(request as usize as *const u8, request_len as usize);
        let answer = answer(routes, handler_id, text);
        memory::hand_over(&answer.unwrap_or_else(Error::into_response).to_bytes())
    }

    fn answer(routes: &[Route], handler_id: u32, text: &[u8]) -> Answer {
        let route = routes.get(handler_id as usize).ok_or_else(|| Error::internal("unknown handler id"))?;
        (route.handler)(&Request::parse(text)?)
    }
}
