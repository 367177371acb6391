// SPDX-License-Identifier: Apache-2.0
// A JSON value, and its text. Whole numbers are i64: an amount of cents never passes through a float.

export enum Kind { Absent, Null, Boolean, Integer, Float, String, Array, Object }

export class Json {
  /** Of a Boolean. */
  flag: bool = false;
  /** Of an Integer. */
  integer: i64 = 0;
  /** Of a String; of a Float its digits as they were written. */
  text: string = "";
  /** Of an Array or an Object. */
  items: Json[] = [];
  /** Of an Object, beside `items`. */
  names: string[] = [];

  constructor(public kind: Kind) {}

  static string(text: string): Json {
    const value = new Json(Kind.String);
    value.text = text;
    return value;
  }

  static integer(number: i64): Json {
    const value = new Json(Kind.Integer);
    value.integer = number;
    return value;
  }

  static boolean(flag: bool): Json {
    const value = new Json(Kind.Boolean);
    value.flag = flag;
    return value;
  }

  static nothing(): Json {
    return new Json(Kind.Null);
  }

  static array(items: Json[] = []): Json {
    const value = new Json(Kind.Array);
    value.items = items;
    return value;
  }

  static object(): Json {
    return new Json(Kind.Object);
  }

  /** A member of an object. What does not exist is a value too (kind Absent), so chains need no check in between. */
  get(name: string): Json {
    const index = this.names.lastIndexOf(name);
    return index < 0 ? new Json(Kind.Absent) : this.items[index];
  }

  /** Sets a member and gives the object back: Json.object().set("a", x).set("b", y). */
  set(name: string, value: Json): Json {
    const index = this.names.indexOf(name);
    if (index < 0) {
      this.names.push(name);
      this.items.push(value);
    } else {
      this.items[index] = value;
    }
    return this;
  }

  push(value: Json): Json {
    this.items.push(value);
    return this;
  }

  /** Appends a member without looking for one of that name; of two, `get` finds the later. For the parser, where looking
   *  would make a large object quadratic. */
  append(name: string, value: Json): void {
    this.names.push(name);
    this.items.push(value);
  }

  get missing(): bool {
    return this.kind == Kind.Absent || this.kind == Kind.Null;
  }

  /** The JSON text. */
  toString(): string {
    switch (this.kind) {
      case Kind.Boolean: return this.flag ? "true" : "false";
      case Kind.Integer: return this.integer.toString();
      case Kind.Float: return this.text;
      case Kind.String: return quote(this.text);
      case Kind.Array: return "[" + this.members() + "]";
      case Kind.Object: return "{" + this.members() + "}";
      default: return "null";
    }
  }

  private members(): string {
    const parts = new Array<string>(this.items.length);
    for (let index = 0; index < this.items.length; ++index) {
      const value = this.items[index].toString();
      parts[index] = this.kind == Kind.Object ? quote(this.names[index]) + ":" + value : value;
    }
    return parts.join(",");
  }
}

/** A text as JSON string. */
export function quote(text: string): string {
  const parts: string[] = ['"'];
  let start = 0;
  for (let index = 0; index < text.length; ++index) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x20 && unit != 0x22 && unit != 0x5c) {
      continue;
    }
    parts.push(text.substring(start, index));
    parts.push(unit < 0x20 ? "\\u00" + (unit < 16 ? "0" : "") + unit.toString(16) : "\\" + String.fromCharCode(unit));
    start = index + 1;
  }
  parts.push(text.substring(start));
  parts.push('"');
  return parts.join("");
}
