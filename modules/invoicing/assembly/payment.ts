// SPDX-License-Identifier: Apache-2.0
// Payment of an issued invoice: the money moves from receivable to bank, in the same transaction.
import { Json, Request, Response, execute } from "../../sdk/as";
import { BANK, RECEIVABLE, book } from "./booking";
import { refuseStatus, show } from "./read";

export function pay(request: Request): Response {
  const id = request.id("id");
  if (id == null) {
    return Response.notFound("invoice");
  }
  const marked = execute(
    "UPDATE invoice SET status = 'paid', paid_at = current_timestamp, updated_at = current_timestamp " +
      "WHERE id = $1 AND status = 'issued' AND deleted_at IS NULL RETURNING number, total_cents",
    [Json.string(id)]);
  if (marked.failure) {
    return marked.failure!;
  }
  if (marked.rows.length == 0) {
    return refuseStatus(id, "issued");
  }
  const number = marked.first.get("number").text;
  const booking = book(
    number + "-P", "Payment of " + number, BANK, RECEIVABLE, marked.first.get("total_cents").integer);
  return booking.failure ? booking.failure! : show(id);
}
