// SPDX-License-Identifier: Apache-2.0
// Reading invoices.
import { Json, Page, Request, Response, query } from "../../sdk/as";

const COLUMNS =
  "id, number, contact_id, order_id, status, total_cents, issued_at, paid_at, entry_id, created_at, updated_at";

/** `?status=` narrows to one status. */
export function list(request: Request): Response {
  const page = new Page(request);
  if (page.failure) {
    return page.failure!;
  }
  let condition = "deleted_at IS NULL";
  const params: Json[] = [];
  if (request.hasQuery("status")) {
    const status = request.query("status");
    if (status != "draft" && status != "issued" && status != "paid") {
      return Response.refuse(400, "INVALID_QUERY", "status must be draft, issued or paid");
    }
    params.push(Json.string(status));
    condition += " AND status = $1";
  }
  const count = query("SELECT count(*) AS total FROM invoice WHERE " + condition, params);
  if (count.failure) {
    return count.failure!;
  }
  params.push(Json.integer(page.limit));
  params.push(Json.integer(page.offset));
  const items = query(
    "SELECT " + COLUMNS + " FROM invoice WHERE " + condition + " ORDER BY created_at DESC, id LIMIT $" +
      (params.length - 1).toString() + " OFFSET $" + params.length.toString(),
    params);
  return items.failure ? items.failure! : Response.ok(page.body(items.rows, count.first.get("total")));
}

export function get(request: Request): Response {
  const id = request.id("id");
  return id == null ? Response.notFound("invoice") : show(id);
}

/** The invoice with its lines, as every changing route answers it too. */
export function show(id: string): Response {
  const invoice = query("SELECT " + COLUMNS + " FROM invoice WHERE id = $1 AND deleted_at IS NULL", [Json.string(id)]);
  if (invoice.failure) {
    return invoice.failure!;
  }
  if (invoice.rows.length == 0) {
    return Response.notFound("invoice");
  }
  const lines = query(
    "SELECT description, quantity, unit_price_cents, quantity * unit_price_cents AS amount_cents FROM invoice_line " +
      "WHERE invoice_id = $1 ORDER BY line_number",
    [Json.string(id)]);
  return lines.failure ? lines.failure! : Response.ok(invoice.first.set("lines", Json.array(lines.rows)));
}

/** Why a change found no invoice in the status it needs: 404, or 409 naming the status it is in. */
export function refuseStatus(id: string, wanted: string): Response {
  const now = show(id);
  if (now.status != 200) {
    return now;
  }
  const status = now.body.get("status").text;
  return Response.refuse(409, "INVOICE_NOT_" + wanted.toUpperCase(), "the invoice is " + status);
}
