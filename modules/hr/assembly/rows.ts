// SPDX-License-Identifier: Apache-2.0
// What every kind of record here does the same way.
import { Json, Page, Request, Response, Result, query } from "../../sdk/as";

/** A page of `columns` of `table`. `condition` is our own words; `params` are its values. */
export function listRows(
  request: Request, columns: string, table: string, condition: string, params: Json[], order: string): Response {
  const page = new Page(request);
  if (page.failure) {
    return page.failure!;
  }
  const count = query("SELECT count(*) AS total FROM " + table + " WHERE " + condition, params);
  if (count.failure) {
    return count.failure!;
  }
  const paged = params.concat([Json.integer(page.limit), Json.integer(page.offset)]);
  const items = query(
    "SELECT " + columns + " FROM " + table + " WHERE " + condition + " ORDER BY " + order + " LIMIT $" +
      (paged.length - 1).toString() + " OFFSET $" + paged.length.toString(),
    paged);
  return items.failure ? items.failure! : Response.ok(page.body(items.rows, count.first.get("total")));
}

/** The record that the path names. */
export function showRow(request: Request, columns: string, table: string, what: string): Response {
  const id = request.id("id");
  if (id == null) {
    return Response.notFound(what);
  }
  const found = query("SELECT " + columns + " FROM " + table + " WHERE id = $1", [Json.string(id)]);
  if (found.failure) {
    return found.failure!;
  }
  return found.rows.length == 0 ? Response.notFound(what) : Response.ok(found.first);
}

/** The answer to a statement that has RETURNING: 404 when it changed nothing. `location` makes it a 201. */
export function answerRow(result: Result, what: string, location: string = ""): Response {
  if (result.failure) {
    return result.failure!;
  }
  if (result.rows.length == 0) {
    return Response.notFound(what);
  }
  const row = result.first;
  return location.length == 0 ? Response.ok(row) : Response.created(location + row.get("id").text, row);
}

/** Gives a violated unique column its business name. */
export function taken(result: Result, code: string, message: string): Result {
  if (result.failure && result.failure!.body.get("code").text == "UNIQUE_VIOLATION") {
    result.failure = Response.refuse(409, code, message);
  }
  return result;
}
