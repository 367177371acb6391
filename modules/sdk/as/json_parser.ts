// SPDX-License-Identifier: Apache-2.0
// Reads JSON. Strict, except that it takes leading zeros; the texts of the host have none.
import { Json, Kind } from "./json";

/** Deeper nesting than any request has; it keeps the stack safe. */
const DEPTH_MAX: i32 = 128;

/** The value, or null when the text is not JSON. */
export function parse(text: string): Json | null {
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.blanks();
  return parser.failed || !parser.atEnd ? null : value;
}

class Parser {
  failed: bool = false;
  private position: i32 = 0;

  constructor(private text: string) {}

  get atEnd(): bool {
    return this.position >= this.text.length;
  }

  blanks(): void {
    while (!this.atEnd) {
      const unit = this.peek();
      if (unit != 0x20 && unit != 0x0a && unit != 0x0d && unit != 0x09) {
        return;
      }
      ++this.position;
    }
  }

  value(depth: i32): Json {
    this.blanks();
    const unit = this.peek();
    if (depth > DEPTH_MAX) {
      return this.fail();
    }
    if (unit == 0x7b) {  // {
      return this.object(depth);
    }
    if (unit == 0x5b) {  // [
      return this.array(depth);
    }
    if (unit == 0x22) {  // "
      return Json.string(this.string());
    }
    if (unit == 0x2d || isDigit(unit)) {
      return this.number();
    }
    if (this.word("true")) {
      return Json.boolean(true);
    }
    if (this.word("false")) {
      return Json.boolean(false);
    }
    return this.word("null") ? Json.nothing() : this.fail();
  }

  private object(depth: i32): Json {
    const object = Json.object();
    if (this.opensEmpty(0x7d)) {
      return object;
    }
    do {
      this.blanks();
      if (this.peek() != 0x22) {
        return this.fail();
      }
      const name = this.string();
      this.blanks();
      if (!this.take(0x3a)) {
        return this.fail();
      }
      object.append(name, this.value(depth + 1));
    } while (this.another(0x7d));
    return object;
  }

  private array(depth: i32): Json {
    const array = Json.array();
    if (this.opensEmpty(0x5d)) {
      return array;
    }
    do {
      array.push(this.value(depth + 1));
    } while (this.another(0x5d));
    return array;
  }

  /** Takes an opening bracket; true when the closing one follows at once. */
  private opensEmpty(closing: i32): bool {
    ++this.position;
    this.blanks();
    return this.take(closing);
  }

  /** Behind an element: true after a comma, false at the end. */
  private another(closing: i32): bool {
    this.blanks();
    if (this.failed || this.take(closing)) {
      return false;
    }
    if (this.take(0x2c)) {
      return true;
    }
    this.failed = true;
    return false;
  }

  private number(): Json {
    const start = this.position;
    let whole = true;
    this.take(0x2d);
    while (!this.atEnd) {
      const unit = this.peek();
      const mark = unit == 0x2e || unit == 0x65 || unit == 0x45 || unit == 0x2b || unit == 0x2d;  // . e E + -
      if (!mark && !isDigit(unit)) {
        break;
      }
      whole = whole && !mark;
      ++this.position;
    }
    const digits = this.text.substring(start, this.position);
    // 18 digits always fit i64. What is longer is no amount of anything here and stays as it was written.
    if (whole && digits.length <= 18) {
      return Json.integer(I64.parseInt(digits));
    }
    const value = new Json(Kind.Float);
    value.text = digits;
    return value;
  }

  private string(): string {
    const parts: string[] = [];
    let start = ++this.position;
    while (!this.atEnd) {
      const unit = this.peek();
      if (unit == 0x22) {
        parts.push(this.text.substring(start, this.position++));
        return parts.join("");
      }
      if (unit < 0x20) {
        break;
      }
      if (unit != 0x5c) {
        ++this.position;
        continue;
      }
      parts.push(this.text.substring(start, this.position++));
      parts.push(this.escape());
      start = this.position;
    }
    this.failed = true;
    return "";
  }

  /** Behind a backslash. */
  private escape(): string {
    const unit = this.peek();
    ++this.position;
    switch (unit) {
      case 0x22: case 0x5c: case 0x2f: return String.fromCharCode(unit);
      case 0x62: return "\b";
      case 0x66: return "\f";
      case 0x6e: return "\n";
      case 0x72: return "\r";
      case 0x74: return "\t";
      case 0x75: return this.unicode();
      default:
        this.failed = true;
        return "";
    }
  }

  /** Behind \u. A half of a surrogate pair would leave as broken UTF-8, so it becomes U+FFFD. */
  private unicode(): string {
    const unit = this.hex();
    if (unit < 0xd800 || unit > 0xdfff) {
      return String.fromCharCode(unit);
    }
    const behind = this.position;
    if (unit < 0xdc00 && this.take(0x5c) && this.take(0x75)) {
      const low = this.hex();
      if (low >= 0xdc00 && low <= 0xdfff) {
        return String.fromCharCode(unit, low);
      }
    }
    this.position = behind;
    return "\ufffd";
  }

  private hex(): i32 {
    let value = 0;
    for (let index = 0; index < 4; ++index) {
      const unit = this.peek();
      const lower = unit | 0x20;
      if (!isDigit(unit) && (lower < 0x61 || lower > 0x66)) {
        this.failed = true;
        return 0;
      }
      value = (value << 4) | (isDigit(unit) ? unit - 0x30 : lower - 0x61 + 10);
      ++this.position;
    }
    return value;
  }

  private word(word: string): bool {
    if (this.text.substr(this.position, word.length) != word) {
      return false;
    }
    this.position += word.length;
    return true;
  }

  /** The unit at the position; 0 at the end. */
  private peek(): i32 {
    return this.atEnd ? 0 : this.text.charCodeAt(this.position);
  }

  private take(unit: i32): bool {
    if (this.peek() != unit || this.atEnd) {
      return false;
    }
    ++this.position;
    return true;
  }

  private fail(): Json {
    this.failed = true;
    return Json.nothing();
  }
}

function isDigit(unit: i32): bool {
  return unit >= 0x30 && unit <= 0x39;
}
