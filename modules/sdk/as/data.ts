// SPDX-License-Identifier: Apache-2.0
// The data service: what a module wants of its own tables, said in JSON (abi/DATA.md). The host makes the SQL, keeps times and
// versions, deletes softly, asks for rights and writes down who changed what.
import { failureOf } from "./database";
import * as host from "./host";
import { Json } from "./json";
import { parse } from "./json_parser";
import { Response } from "./response";

/** What the service gave. When `failure` is set, return it. */
export class DataAnswer {
  failure: Response | null = null;
  /** The whole answer. */
  body: Json = Json.nothing();

  /** Of get, create, update, upsert, delete and restore. */
  get row(): Json {
    return this.body.get("row");
  }
}

/** Sends a request. Refused are: a row that is not there (404), a version that is not the latest (409), a right that is missing
 *  (403), and a request that is wrong (400). */
export function ask(request: Json): DataAnswer {
  const answer = new DataAnswer();
  const outcome = host.data(request.toString());
  const value = parse(outcome.text);
  if (!outcome.ok || value == null) {
    answer.failure = refusal(value);
    return answer;
  }
  answer.body = value;
  return answer;
}

function refusal(text: Json | null): Response {
  const error = text == null ? Json.nothing() : text.get("error");
  const code = error.get("code").text;
  const status = code == "NOT_FOUND" ? 404 : code == "CONFLICT" ? 409 : code == "NOT_ALLOWED" ? 403 : 0;
  return status == 0 ? failureOf(text) : Response.refuse(status, code, error.get("message").text);
}
