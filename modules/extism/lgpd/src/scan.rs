// SPDX-License-Identifier: Apache-2.0
//! Passing over text sixteen bytes at a time (simd128), since most of it is nothing that is looked for.
use core::arch::wasm32::*;

/// Bytes that begin what is looked for: all that a number can begin with, and the '@' of an address.
fn is_candidate(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'(' | b'+' | b'@')
}

#[target_feature(enable = "simd128")]
fn sixteen(bytes: &[u8]) -> v128 {
    assert!(bytes.len() >= 16);
    // SAFETY: they are there, and a load of v128 may stand at any address.
    unsafe { v128_load(bytes.as_ptr().cast()) }
}

/// is_candidate() of each.
#[target_feature(enable = "simd128")]
fn candidates(bytes: v128) -> v128 {
    let digits = u8x16_lt(u8x16_sub(bytes, u8x16_splat(b'0')), u8x16_splat(10));
    let signs = v128_or(u8x16_eq(bytes, u8x16_splat(b'(')), u8x16_eq(bytes, u8x16_splat(b'+')));
    v128_or(v128_or(digits, signs), u8x16_eq(bytes, u8x16_splat(b'@')))
}

/// The first position from `from` on, or the text's length, whose byte is a candidate.
#[target_feature(enable = "simd128")]
pub fn next_candidate(text: &[u8], from: usize) -> usize {
    let mut passed = from;
    for part in text[from..].chunks_exact(16) {
        let found = i8x16_bitmask(candidates(sixteen(part)));
        if found != 0 {
            return passed + found.trailing_zeros() as usize;
        }
        passed += 16;
    }
    passed + text[passed..].iter().take_while(|byte| !is_candidate(**byte)).count()
}

#[target_feature(enable = "simd128")]
fn is_ascii(text: &[u8]) -> bool {
    let parts = text.chunks_exact(16);
    let rest = parts.remainder();
    let mut seen = u8x16_splat(0);
    for part in parts {
        seen = v128_or(seen, sixteen(part));
    }
    i8x16_bitmask(seen) == 0 && rest.is_ascii()
}

/// As String::from_utf8, but that a text of ASCII is read sixteen bytes at a time.
pub fn text_of(bytes: Vec<u8>) -> Result<String, std::string::FromUtf8Error> {
    if is_ascii(&bytes) {
        // SAFETY: ASCII is UTF-8.
        return Ok(unsafe { String::from_utf8_unchecked(bytes) });
    }
    String::from_utf8(bytes)
}
