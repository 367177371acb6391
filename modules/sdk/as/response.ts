// SPDX-License-Identifier: Apache-2.0
// Answers and refusals.
import { Json } from "./json";

export class Response {
  location: string = "";

  constructor(public status: i32, public body: Json) {}

  static ok(body: Json): Response {
    return new Response(200, body);
  }

  /** 201 with the address of the new record. */
  static created(location: string, body: Json): Response {
    const response = new Response(201, body);
    response.location = location;
    return response;
  }

  /** A refusal. Its status is 400 or more, so the host rolls the request's transaction back. */
  static refuse(status: i32, code: string, message: string): Response {
    return new Response(status, Json.object().set("code", Json.string(code)).set("message", Json.string(message)));
  }

  static notFound(what: string): Response {
    return Response.refuse(404, "NOT_FOUND", "no such " + what);
  }

  toString(): string {
    const whole = Json.object().set("status", Json.integer(this.status));
    if (this.location.length > 0) {
      whole.set("headers", Json.object().set("location", Json.string(this.location)));
    }
    return whole.set("body", this.body).toString();
  }
}
