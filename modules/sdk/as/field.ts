// SPDX-License-Identifier: Apache-2.0
// Reading the fields of an object with their rules. AssemblyScript has no exceptions, so a reader remembers its first
// failure: read everything, then look at `failure` once.
import { NO_DAY, dayNumber } from "./calendar";
import { Json, Kind } from "./json";
import { Request, canonicalUuid } from "./request";
import { Response } from "./response";

export class Fields {
  failure: Response | null = null;

  /** `names`: the members that it may have. A misspelt one would otherwise be taken for one that was left out. */
  constructor(private object: Json, names: string[]) {
    if (object.kind != Kind.Object) {
      this.failure = Response.refuse(400, "BODY_NOT_OBJECT", "a JSON object is needed");
    }
    for (let index = 0; index < object.names.length && this.failure == null; ++index) {
      if (names.indexOf(object.names[index]) < 0) {
        this.invalid(shortened(object.names[index]), "is not known here");
      }
    }
  }

  invalid(field: string, rule: string): void {
    if (this.failure == null) {
      this.failure = Response.refuse(400, "INVALID_FIELD", field + ": " + rule);
    }
  }

  /** A text that must be there; blanks around it count, and are dropped. */
  text(field: string, lengthMax: i32): string {
    const value = this.object.get(field);
    if (value.missing) {
      this.invalid(field, "is required");
      return "";
    }
    if (value.kind != Kind.String) {
      this.invalid(field, "must be a text");
      return "";
    }
    // trim() stops half way where there are more blanks than text.
    const text = value.text.trimStart().trimEnd();
    if (hasControl(text)) {
      this.invalid(field, "must not contain control characters");
    } else if (text.length == 0) {
      this.invalid(field, "is required");
    } else if (characterCount(value.text) > lengthMax) {
      this.invalid(field, "must be at most " + lengthMax.toString() + " characters");
    }
    return text;
  }

  uuid(field: string): string {
    const uuid = canonicalUuid(this.text(field, 36));
    if (uuid == null) {
      this.invalid(field, "must be a UUID");
      return "";
    }
    return uuid;
  }

  /** One of a few words. */
  choice(field: string, words: string[]): string {
    const word = this.text(field, 64);
    if (words.indexOf(word) < 0) {
      this.invalid(field, "must be one of " + words.join(", "));
    }
    return word;
  }

  /** A day of the calendar, "2026-01-31". */
  date(field: string): string {
    const date = this.text(field, 10);
    if (dayNumber(date) == NO_DAY) {
      this.invalid(field, "must be a date like 2026-01-31");
    }
    return date;
  }

  has(field: string): bool {
    return !this.object.get(field).missing;
  }

  integer(field: string, min: i64, max: i64): i64 {
    const given = this.object.get(field);
    const value = given.kind == Kind.Float ? withoutPoint(given.text) : given;
    if (value.missing) {
      this.invalid(field, "is required");
    } else if (value.kind != Kind.Integer) {
      this.invalid(field, "must be a whole number");
    } else if (value.integer < min || value.integer > max) {
      this.invalid(field, "must be between " + min.toString() + " and " + max.toString());
    }
    return value.integer;
  }

  array(field: string, countMin: i32, countMax: i32): Json[] {
    const value = this.object.get(field);
    if (value.kind != Kind.Array || value.items.length < countMin || value.items.length > countMax) {
      this.invalid(field, "must be an array of " + countMin.toString() + " to " + countMax.toString());
      return [];
    }
    return value.items;
  }
}

/** `?limit=` (1 to 200, 50 when absent) and `?offset=`. */
export class Page {
  failure: Response | null = null;
  limit: i64;
  offset: i64;

  constructor(request: Request) {
    this.limit = this.number(request, "limit", 50, 1, 200);
    this.offset = this.number(request, "offset", 0, 0, 1000000);
  }

  /** The body of a list. */
  body(items: Json[], total: Json): Json {
    return Json.object().set("items", Json.array(items)).set("total", total)
      .set("limit", Json.integer(this.limit)).set("offset", Json.integer(this.offset));
  }

  private number(request: Request, name: string, absent: i64, min: i64, max: i64): i64 {
    if (!request.hasQuery(name)) {
      return absent;
    }
    const text = request.query(name);
    let number: i64 = text.length > 0 && text.length <= 7 ? 0 : -1;
    for (let index = 0; index < text.length && number >= 0; ++index) {
      const digit = text.charCodeAt(index) - 0x30;
      number = digit < 0 || digit > 9 ? -1 : number * 10 + digit;
    }
    if (number < min || number > max) {
      this.failure = Response.refuse(
        400, "INVALID_QUERY", name + " must be a number from " + min.toString() + " to " + max.toString());
    }
    return number;
  }
}

/** Characters, not UTF-16 units: VARCHAR counts those. */
function characterCount(text: string): i32 {
  let count = 0;
  for (let index = 0; index < text.length; ++index) {
    count += (text.charCodeAt(index) & 0xfc00) != 0xdc00 ? 1 : 0;
  }
  return count;
}

/** 7 of "7.0": JSON knows one kind of number. No whole number where a fraction would be lost. */
function withoutPoint(digits: string): Json {
  const point = digits.indexOf(".");
  for (let index = point + 1; index < digits.length; ++index) {
    if (digits.charCodeAt(index) != 0x30) {
      return Json.string(digits);
    }
  }
  return point < 1 || point > 18 ? Json.string(digits) : Json.integer(I64.parseInt(digits.substring(0, point)));
}

/** Enough of a name that somebody else made to find it again. */
function shortened(name: string): string {
  let text = "";
  for (let index = 0; index < name.length && text.length < 64; ++index) {
    const unit = name.charCodeAt(index);
    text += unit >= 0x20 && unit < 0x7f ? String.fromCharCode(unit) : "?";
  }
  return text;
}

function hasControl(text: string): bool {
  for (let index = 0; index < text.length; ++index) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) {
      return true;
    }
  }
  return false;
}
