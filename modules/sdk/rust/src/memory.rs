// SPDX-License-Identifier: Apache-2.0
//! Buffers that cross the boundary: the host asks for one to put the request in, and gives the response back.

use std::alloc::{alloc, dealloc, Layout};

/// Alignment of every buffer; the host may put two u32 there.
const ALIGNMENT: usize = 8;

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.max(1), ALIGNMENT).ok()
}

/// A fresh buffer, or null when memory has run out: the host then fails the request.
pub fn give(size: usize) -> *mut u8 {
    match layout(size) {
        Some(layout) => unsafe { alloc(layout) },
        None => std::ptr::null_mut(),
    }
}

/// Takes a buffer of `give` back.
///
/// # Safety
/// `address` and `size` are those of one earlier `give`, not taken back yet.
pub unsafe fn take_back(address: *mut u8, size: usize) {
    if let (false, Some(layout)) = (address.is_null(), layout(size)) {
        dealloc(address, layout);
    }
}

/// Moves bytes into a buffer of their own for the host; the pair is packed as the contract's `address << 32 | length`.
pub fn hand_over(bytes: &[u8]) -> u64 {
    let address = give(bytes.len());
    assert!(!address.is_null(), "no memory for a response of {} bytes", bytes.len());
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), address, bytes.len()) };
    (address as u64) << 32 | bytes.len() as u64
}
