// SPDX-License-Identifier: Apache-2.0
// The request as the host wrote it.
import { Json, Kind } from "./json";

export class Request {
  constructor(private whole: Json) {}

  /** A `{name}` of the path; "" when there is none. */
  param(name: string): string {
    return this.whole.get("params").get(name).text;
  }

  /** A `{name}` that must be a UUID, in the spelling the database uses; null for anything else, which names nothing.
   *  It must not reach the database: PostgreSQL refuses it and SQLite compares it as text. */
  id(name: string): string | null {
    return canonicalUuid(this.param(name));
  }

  hasQuery(name: string): bool {
    return this.whole.get("query").get(name).kind == Kind.String;
  }

  /** A value behind `?`; "" when there is none. */
  query(name: string): string {
    return this.whole.get("query").get(name).text;
  }

  get body(): Json {
    return this.whole.get("body");
  }
}

/** `8-4-4-4-12` hexadecimal digits, lower-cased; null for any other text. */
export function canonicalUuid(text: string): string | null {
  if (text.length != 36) {
    return null;
  }
  const lower = text.toLowerCase();
  for (let index = 0; index < 36; ++index) {
    const unit = lower.charCodeAt(index);
    const dash = index == 8 || index == 13 || index == 18 || index == 23;
    const digit = (unit >= 0x30 && unit <= 0x39) || (unit >= 0x61 && unit <= 0x66);
    if (dash ? unit != 0x2d : !digit) {
      return null;
    }
  }
  return lower;
}
