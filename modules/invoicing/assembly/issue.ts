// SPDX-License-Identifier: Apache-2.0
// Issuing: from draft to a numbered, booked invoice. All of it is one transaction over three modules. Whatever refuses on the
// way makes this answer 400 or more, and then nothing of it has happened: not the number, not the entry, not the status.
import { Json, Request, Response, call, execute, query } from "../../sdk/as";
import { RECEIVABLE, REVENUE, book } from "./booking";
import { refuseStatus, show } from "./read";

export function issue(request: Request): Response {
  const id = request.id("id");
  if (id == null) {
    return Response.notFound("invoice");
  }

  // First, so that of two requests for the same draft one waits here and then finds no draft any more.
  const marked = execute(
    "UPDATE invoice SET status = 'issued', issued_at = current_timestamp, updated_at = current_timestamp " +
      "WHERE id = $1 AND status = 'draft' AND deleted_at IS NULL RETURNING contact_id",
    [Json.string(id)]);
  if (marked.failure) {
    return marked.failure!;
  }
  if (marked.rows.length == 0) {
    return refuseStatus(id, "draft");
  }

  const sum = query(
    "SELECT CAST(coalesce(sum(quantity * unit_price_cents), 0) AS BIGINT) AS total_cents FROM invoice_line " +
      "WHERE invoice_id = $1",
    [Json.string(id)]);
  if (sum.failure) {
    return sum.failure!;
  }
  const totalCents = sum.first.get("total_cents").integer;
  if (totalCents <= 0) {
    return Response.refuse(409, "INVOICE_EMPTY", "there is nothing to invoice");
  }

  const refusal = checkContact(marked.first.get("contact_id").text, totalCents);
  if (refusal) {
    return refusal;
  }

  const number = nextNumber();
  if (number.failure) {
    return number.failure!;
  }
  const booking = book(number.text, "Invoice " + number.text, RECEIVABLE, REVENUE, totalCents);
  if (booking.failure) {
    return booking.failure!;
  }
  const stored = execute(
    "UPDATE invoice SET number = $2, total_cents = $3, entry_id = $4 WHERE id = $1",
    [Json.string(id), Json.string(number.text), Json.integer(totalCents), Json.string(booking.entryId)]);
  return stored.failure ? stored.failure! : show(id);
}

/** The contact must exist, and the invoice must not pass its credit limit (0 means none was set). */
function checkContact(contactId: string, totalCents: i64): Response | null {
  const answer = call("crm", "GET", "/contacts/" + contactId);
  if (answer.failure) {
    return answer.failure;
  }
  if (answer.status == 404) {
    return Response.refuse(409, "CONTACT_NOT_FOUND", "the invoice's contact does not exist");
  }
  if (answer.refused) {
    return new Response(answer.status, answer.body);
  }
  const limitCents = answer.body.get("credit_limit_cents").integer;
  if (limitCents > 0 && totalCents > limitCents) {
    return Response.refuse(
      409, "CREDIT_LIMIT_EXCEEDED", "the total is above the contact's limit of " + limitCents.toString() + " cents");
  }
  return null;
}

class InvoiceNumber {
  text: string = "";
  failure: Response | null = null;
}

/** The next of the series, without gaps. The row stays locked until the end of the transaction, which also orders the issuers. */
function nextNumber(): InvoiceNumber {
  const number = new InvoiceNumber();
  const taken = execute(
    "INSERT INTO number_series (name, last_number) VALUES ($1, $2) " +
      "ON CONFLICT (name) DO UPDATE SET last_number = number_series.last_number + 1 RETURNING last_number",
    [Json.string("invoice"), Json.integer(1)]);
  if (taken.failure) {
    number.failure = taken.failure;
    return number;
  }
  number.text = "INV-" + taken.first.get("last_number").integer.toString().padStart(6, "0");
  return number;
}
