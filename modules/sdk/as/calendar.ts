// SPDX-License-Identifier: Apache-2.0
// Days as the databases write them ("2026-01-31"), and as numbers that can be counted with. Days of that form sort as texts.

/** Before every day. */
export const NO_DAY: i32 = -1_000_000;

/** The days from 1970-01-01 to this one; NO_DAY for a text that is no day of the calendar (years 0001 to 9999). */
export function dayNumber(text: string): i32 {
  if (text.length != 10 || text.charCodeAt(4) != 0x2d || text.charCodeAt(7) != 0x2d) {
    return NO_DAY;
  }
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) {
    return NO_DAY;
  }
  // Years that begin in March, so that the day which only some have is the last one.
  const y = month > 2 ? year : year - 1;
  const dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return 365 * y + y / 4 - y / 100 + y / 400 + dayOfYear - 719468;
}

export function daysInMonth(year: i32, month: i32): i32 {
  if (month == 2) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  }
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/** The days of "2026-01"; 0 for a text that is no month. */
export function daysOfMonth(month: string): i32 {
  return month.length == 7 && dayNumber(month + "-01") != NO_DAY ? daysInMonth(digits(month, 0, 4), digits(month, 5, 7)) : 0;
}

/** -1 when there is something else than digits. */
function digits(text: string, begin: i32, end: i32): i32 {
  let number = 0;
  for (let index = begin; index < end; ++index) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) {
      return -1;
    }
    number = number * 10 + digit;
  }
  return number;
}
