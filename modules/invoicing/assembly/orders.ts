// SPDX-License-Identifier: Apache-2.0
// Invoices of crm's sales orders. The order moves to `invoiced` in the same transaction, so that each is invoiced once.
import { Json, Request, Response, call, execute } from "../../sdk/as";
import { Line, insertLines } from "./drafts";
import { show } from "./read";

/** A draft with the order's contact and lines. Only an order whose goods are reserved is invoiced. */
export function createFromOrder(request: Request): Response {
  const orderId = request.id("id");
  if (orderId == null) {
    return Response.notFound("order");
  }
  const answer = call("crm", "PUT", "/orders/" + orderId + "/status", step("reserved", "invoiced"));
  if (answer.failure) {
    return answer.failure!;
  }
  if (answer.refused) {
    return new Response(answer.status, answer.body);
  }
  const order = answer.body;
  const inserted = execute(
    "INSERT INTO invoice (contact_id, order_id, total_cents) VALUES ($1, $2, $3) RETURNING id",
    [order.get("contact_id"), Json.string(orderId), order.get("total_cents")]);
  if (inserted.failure) {
    return inserted.failure!;
  }
  const id = inserted.first.get("id").text;
  const given = order.get("lines").items;
  const lines: Line[] = [];
  for (let index = 0; index < given.length; ++index) {
    const line = given[index];
    lines.push(new Line(line.get("description").text, line.get("quantity").integer, line.get("unit_price_cents").integer));
  }
  const failure = insertLines(id, lines);
  if (failure) {
    return failure;
  }
  const shown = show(id);
  return shown.status == 200 ? Response.created("/api/invoicing/invoices/" + id, shown.body) : shown;
}

/** Lets go of an invoice's order, which is then only reserved again. */
export function giveOrderBack(invoiceId: string, orderId: string): Response | null {
  const freed = execute("UPDATE invoice SET order_id = NULL WHERE id = $1", [Json.string(invoiceId)]);
  if (freed.failure) {
    return freed.failure;
  }
  const answer = call("crm", "PUT", "/orders/" + orderId + "/status", step("invoiced", "reserved"));
  if (answer.failure) {
    return answer.failure;
  }
  return answer.refused ? new Response(answer.status, answer.body) : null;
}

function step(from: string, to: string): Json {
  return Json.object().set("from", Json.string(from)).set("to", Json.string(to));
}
