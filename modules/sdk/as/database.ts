// SPDX-License-Identifier: Apache-2.0
// Statements over the module's own tables, and calls of other modules. One request is one transaction, calls included: the
// host commits it when the answer's status is below 400 and rolls it back otherwise.
import * as host from "./host";
import { Json } from "./json";
import { parse } from "./json_parser";
import { Response } from "./response";

/** What a statement gave. When `failure` is set, return it: after a failed statement nothing else can succeed. */
export class Result {
  failure: Response | null = null;
  rowsAffected: i64 = 0;
  rows: Json[] = [];

  /** The first row; kind Absent when there is none. */
  get first(): Json {
    return this.rows.length > 0 ? this.rows[0] : Json.object().get("");
  }
}

/** A statement that returns rows; `params` becomes $1, $2... */
export function query(sql: string, params: Json[] = []): Result {
  return read(host.query(sql, Json.array(params).toString()));
}

/** A statement that changes rows; `rows` holds what RETURNING gave. */
export function execute(sql: string, params: Json[] = []): Result {
  return read(host.execute(sql, Json.array(params).toString()));
}

function read(outcome: host.Outcome): Result {
  const result = new Result();
  const value = parse(outcome.text);
  if (!outcome.ok || value == null) {
    result.failure = failureOf(value);
    return result;
  }
  result.rowsAffected = value.get("rows_affected").integer;
  result.rows = value.get("rows").items;
  return result;
}

/** Another module's answer. When `failure` is set the call itself could not be made. */
export class CallAnswer {
  failure: Response | null = null;
  status: i32 = 0;
  body: Json = Json.nothing();

  get refused(): bool {
    return this.status >= 400;
  }
}

/** Calls a route of a module named in `depends`. `path` is the other module's own: "/contacts/7". */
export function call(module: string, method: string, path: string, body: Json = Json.nothing()): CallAnswer {
  const answer = new CallAnswer();
  const outcome = host.call(module, method, path, body.toString());
  const value = parse(outcome.text);
  if (!outcome.ok || value == null) {
    answer.failure = failureOf(value);
    return answer;
  }
  answer.status = <i32>value.get("status").integer;
  answer.body = value.get("body");
  return answer;
}

/** What the client may have caused keeps its code; the rest is our fault, told to the log in full. */
export function failureOf(text: Json | null): Response {
  const error = text == null ? Json.nothing() : text.get("error");
  const code = error.get("code").text.length > 0 ? error.get("code").text : "DATABASE_ERROR";
  const message = error.get("message").text;
  if (code == "UNIQUE_VIOLATION" || code == "FOREIGN_KEY_VIOLATION" || code == "TRANSACTION_ABORTED") {
    return Response.refuse(409, code, message);
  }
  if (code == "NOT_NULL_VIOLATION" || code == "CHECK_VIOLATION" || code == "INVALID_PARAMS") {
    return Response.refuse(400, code, message);
  }
  host.log(host.Level.Error, code + ": " + message);
  const passing = code == "BUSY" || code == "DEADLINE" || code == "LIMIT" || code == "UNAVAILABLE";
  return Response.refuse(passing ? 503 : 500, code, "the database could not serve this request");
}
