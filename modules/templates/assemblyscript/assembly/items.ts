// SPDX-License-Identifier: Apache-2.0
// Items: a name and a quantity each.
import { DataAnswer, Fields, Json, Page, Request, Response, ask } from "../sdk";

const TABLE = "@NAME@_item";

/** `?limit=50&after=CURSOR`, by name; `next` of the answer is the cursor of the following page. */
export function listItems(request: Request): Response {
  const page = new Page(request);
  if (page.failure) {
    return page.failure!;
  }
  const find = about("find").set("sort", Json.array([Json.string("name")])).set("limit", Json.integer(page.limit));
  if (request.hasQuery("after")) {
    find.set("after", Json.string(request.query("after")));
  }
  const answer = ask(find);
  return answer.failure ? answer.failure! : Response.ok(answer.body);
}

export function getItem(request: Request): Response {
  const id = request.id("id");
  return id == null ? Response.notFound("item") : showRow(ask(about("get").set("id", Json.string(id))));
}

export function createItem(request: Request): Response {
  const fields = new Fields(request.body, ["name", "quantity", "version"]);
  const values = read(fields);
  if (fields.failure) {
    return fields.failure!;
  }
  const answer = ask(about("create").set("values", values));
  return answer.failure ? answer.failure! : Response.created("/api/@NAME@/items/" + answer.row.get("id").text, answer.row);
}

/** The body names the version it has seen; when somebody was quicker, the answer is 409. */
export function updateItem(request: Request): Response {
  const id = request.id("id");
  if (id == null) {
    return Response.notFound("item");
  }
  const fields = new Fields(request.body, ["name", "quantity", "version"]);
  const values = read(fields);
  const version = fields.integer("version", 1, i32.MAX_VALUE);
  if (fields.failure) {
    return fields.failure!;
  }
  return showRow(ask(about("update").set("id", Json.string(id)).set("version", Json.integer(version)).set("set", values)));
}

/** What a client may say about an item, beside the version when it changes one. */
function read(fields: Fields): Json {
  const name = fields.text("name", 120);
  const quantity = fields.has("quantity") ? fields.integer("quantity", 0, 1000000) : 0;
  return Json.object().set("name", Json.string(name)).set("quantity", Json.integer(quantity));
}

function about(operation: string): Json {
  return Json.object().set("op", Json.string(operation)).set("table", Json.string(TABLE));
}

function showRow(answer: DataAnswer): Response {
  return answer.failure ? answer.failure! : Response.ok(answer.row);
}
