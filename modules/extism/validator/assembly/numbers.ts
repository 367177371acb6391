// SPDX-License-Identifier: Apache-2.0
// Check digits of Brazilian numbers.

/** The digits' values; null when there is anything else. */
export function digitsOf(text: string): i32[] | null {
  const digits = new Array<i32>();
  for (let index = 0; index < text.length; ++index) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return null;
    digits.push(digit);
  }
  return digits;
}

/** The check digit of modulo 11 over the first `count` digits; weights from the last on: 2, 3, ... `highest`, then 2 again. */
function modulo11(digits: i32[], count: i32, highest: i32): i32 {
  let sum = 0, weight = 2;
  for (let index = count - 1; index >= 0; --index) {
    sum += digits[index] * weight;
    weight = weight == highest ? 2 : weight + 1;
  }
  const rest = sum % 11;
  return rest < 2 ? 0 : 11 - rest;
}

function allAlike(digits: i32[]): bool {
  for (let index = 1; index < digits.length; ++index) if (digits[index] != digits[0]) return false;
  return true;
}

export function isCpf(digits: i32[]): bool {
  return digits.length == 11 && !allAlike(digits) && modulo11(digits, 9, 11) == digits[9] && modulo11(digits, 10, 11) == digits[10];
}

export function isCnpj(digits: i32[]): bool {
  return digits.length == 14 && !allAlike(digits) && modulo11(digits, 12, 9) == digits[12] && modulo11(digits, 13, 9) == digits[13];
}

export function isCns(digits: i32[]): bool {
  if (digits.length != 15) return false;
  const first = digits[0];
  if (first != 1 && first != 2 && first < 7) return false;
  let sum = 0;
  for (let index = 0; index < 15; ++index) sum += digits[index] * (15 - index);
  return sum % 11 == 0;
}
