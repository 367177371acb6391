// SPDX-License-Identifier: Apache-2.0
//! Where personal data is in a text. All shapes are ASCII, so positions are bytes and never within a character.
use crate::digits::{is_cnpj, is_cns, is_cpf};
use crate::scan::next_candidate;

/// One place: `kind` and the bytes from `start` to before `end`.
pub struct Place {
    pub kind: &'static str,
    pub start: usize,
    pub end: usize,
}

/// Each shape: '#' is a digit, everything else is itself. Longer ones first, since the first that fits is taken.
const SHAPES: &[(&str, &str)] = &[
    ("cnpj", "##.###.###/####-##"),
    ("phone", "+55 (##) #####-####"),
    ("phone", "+55 (##) ####-####"),
    ("phone", "+55 ## #####-####"),
    ("phone", "(##) #####-####"),
    ("phone", "(##) ####-####"),
    ("cns", "### #### #### ####"),
    ("cns", "###############"),
    ("cpf", "###.###.###-##"),
    ("cnpj", "##############"),
    ("cpf", "###########"),
    ("cep", "#####-###"),
];

fn fits(shape: &str, text: &[u8]) -> bool {
    text.len() >= shape.len()
        && shape.bytes().zip(text).all(|(want, got)| if want == b'#' { got.is_ascii_digit() } else { want == *got })
}

fn is_right(kind: &str, text: &[u8]) -> bool {
    let digits: Vec<u8> = text.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| byte - b'0').collect();
    match kind {
        "cpf" => is_cpf(&digits),
        "cnpj" => is_cnpj(&digits),
        "cns" => is_cns(&digits),
        _ => true,
    }
}

fn number_at(text: &[u8], start: usize) -> Option<Place> {
    let inside_another = start > 0 && text[start - 1].is_ascii_digit();
    if inside_another {
        return None;
    }
    SHAPES.iter().find_map(|(kind, shape)| {
        let end = start + shape.len();
        let alone = !text.get(end).map_or(false, u8::is_ascii_digit);
        let found = fits(shape, &text[start..]) && alone && is_right(kind, &text[start..end]);
        found.then(|| Place { kind, start, end })
    })
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte)
}

fn is_domain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-'
}

/// The address around the '@' at `at`.
fn address_at(text: &[u8], at: usize) -> Option<Place> {
    let start = at - text[..at].iter().rev().take_while(|byte| is_local(**byte)).count();
    let mut end = at + 1 + text[at + 1..].iter().take_while(|byte| is_domain(**byte)).count();
    // The full stop of a sentence is not the domain's.
    while end > at + 1 && matches!(text[end - 1], b'.' | b'-') {
        end -= 1;
    }
    let domain = &text[at + 1..end];
    let top = domain.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let dotted = top >= 2 && domain.len() > top + 1 && domain[domain.len() - top - 1] == b'.';
    (start < at && dotted).then(|| Place { kind: "email", start, end })
}

/// All places, from left to right; none overlaps another.
pub fn places(text: &str) -> Vec<Place> {
    let bytes = text.as_bytes();
    let mut found: Vec<Place> = Vec::new();
    let mut position = next_candidate(bytes, 0);
    while position < bytes.len() {
        let place = match bytes[position] {
            b'0'..=b'9' | b'(' | b'+' => number_at(bytes, position),
            b'@' => address_at(bytes, position),
            _ => None,
        };
        match place {
            Some(place) => {
                // An address reaches back over what was taken for a number.
                while found.last().map_or(false, |last| last.end > place.start) {
                    found.pop();
                }
                position = place.end;
                found.push(place);
            }
            None => position += 1,
        }
        position = next_candidate(bytes, position);
    }
    found
}
