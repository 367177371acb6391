// SPDX-License-Identifier: Apache-2.0
//! Check digits of Brazilian numbers. Each function takes the digits as values 0 to 9.

/// The check digit of modulo 11 over `digits`, weights from the last digit on: 2, 3, ... `highest`, then 2 again.
fn modulo_11(digits: &[u8], highest: u32) -> u8 {
    let mut weight = 1;
    let sum: u32 = digits
        .iter()
        .rev()
        .map(|digit| {
            weight = if weight == highest { 2 } else { weight + 1 };
            u32::from(*digit) * weight
        })
        .sum();
    match sum % 11 {
        0 | 1 => 0,
        rest => (11 - rest) as u8,
    }
}

/// One digit repeated has right check digits and is nobody's number.
fn all_alike(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair[0] == pair[1])
}

/// A person's number in the tax register: 11 digits, the last two check.
pub fn is_cpf(digits: &[u8]) -> bool {
    digits.len() == 11 && !all_alike(digits) && modulo_11(&digits[..9], 11) == digits[9] && modulo_11(&digits[..10], 11) == digits[10]
}

/// A company's: 14 digits, the last two check.
pub fn is_cnpj(digits: &[u8]) -> bool {
    digits.len() == 14 && !all_alike(digits) && modulo_11(&digits[..12], 9) == digits[12] && modulo_11(&digits[..13], 9) == digits[13]
}

/// A patient's health card: 15 digits that begin with 1, 2, 7, 8 or 9; their sum with weights 15 to 1 divides by 11.
pub fn is_cns(digits: &[u8]) -> bool {
    let sum: u32 = digits.iter().zip((1..=15).rev()).map(|(digit, weight)| u32::from(*digit) * weight).sum();
    digits.len() == 15 && matches!(digits[0], 1 | 2 | 7 | 8 | 9) && sum % 11 == 0
}
