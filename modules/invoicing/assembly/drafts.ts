// SPDX-License-Identifier: Apache-2.0
// Writing drafts. An issued invoice is part of the books and never changes.
import { Fields, Json, Request, Response, execute } from "../../sdk/as";
import { giveOrderBack } from "./orders";
import { refuseStatus, show } from "./read";

const LINE_COUNT_MAX = 200;
const QUANTITY_MAX: i64 = 1_000_000;
/** One hundred million. 200 lines of a million such pieces still fit 64 bits. */
const UNIT_PRICE_CENTS_MAX: i64 = 10_000_000_000;

export class Line {
  constructor(public description: string, public quantity: i64, public unitPriceCents: i64) {}
}

/** What a client says about a draft. */
class Draft {
  contactId: string = "";
  lines: Line[] = [];
  failure: Response | null = null;

  constructor(body: Json) {
    const fields = new Fields(body, ["contact_id", "lines"]);
    this.contactId = fields.uuid("contact_id");
    const given = fields.array("lines", 0, LINE_COUNT_MAX);
    this.failure = fields.failure;
    for (let index = 0; index < given.length && this.failure == null; ++index) {
      const line = new Fields(given[index], ["description", "quantity", "unit_price_cents"]);
      this.lines.push(new Line(
        line.text("description", 300),
        line.integer("quantity", 1, QUANTITY_MAX),
        line.integer("unit_price_cents", 0, UNIT_PRICE_CENTS_MAX)));
      this.failure = line.failure;
    }
  }

  get totalCents(): i64 {
    let total: i64 = 0;
    for (let index = 0; index < this.lines.length; ++index) {
      total += this.lines[index].quantity * this.lines[index].unitPriceCents;
    }
    return total;
  }
}

export function create(request: Request): Response {
  const draft = new Draft(request.body);
  if (draft.failure) {
    return draft.failure!;
  }
  const inserted = execute(
    "INSERT INTO invoice (contact_id, total_cents) VALUES ($1, $2) RETURNING id",
    [Json.string(draft.contactId), Json.integer(draft.totalCents)]);
  if (inserted.failure) {
    return inserted.failure!;
  }
  const id = inserted.first.get("id").text;
  const failure = insertLines(id, draft.lines);
  if (failure) {
    return failure;
  }
  const shown = show(id);
  return shown.status == 200 ? Response.created("/api/invoicing/invoices/" + id, shown.body) : shown;
}

/** The body is the whole draft; its lines replace the old ones. */
export function update(request: Request): Response {
  const id = request.id("id");
  if (id == null) {
    return Response.notFound("invoice");
  }
  const draft = new Draft(request.body);
  if (draft.failure) {
    return draft.failure!;
  }
  const changed = execute(
    "UPDATE invoice SET contact_id = $2, total_cents = $3, updated_at = current_timestamp " +
      "WHERE id = $1 AND status = 'draft' AND deleted_at IS NULL RETURNING order_id",
    [Json.string(id), Json.string(draft.contactId), Json.integer(draft.totalCents)]);
  if (changed.failure) {
    return changed.failure!;
  }
  if (changed.rows.length == 0) {
    return refuseStatus(id, "draft");
  }
  if (!changed.first.get("order_id").missing) {
    return Response.refuse(409, "INVOICE_OF_ORDER", "the invoice says what its order says; delete it to change the order");
  }
  const cleared = execute("DELETE FROM invoice_line WHERE invoice_id = $1", [Json.string(id)]);
  if (cleared.failure) {
    return cleared.failure!;
  }
  const failure = insertLines(id, draft.lines);
  return failure ? failure : show(id);
}

/** A draft made of an order gives the order back, so that it can be invoiced again. */
export function remove(request: Request): Response {
  const id = request.id("id");
  if (id == null) {
    return Response.notFound("invoice");
  }
  const changed = execute(
    "UPDATE invoice SET deleted_at = current_timestamp, updated_at = current_timestamp " +
      "WHERE id = $1 AND status = 'draft' AND deleted_at IS NULL RETURNING order_id",
    [Json.string(id)]);
  if (changed.failure) {
    return changed.failure!;
  }
  if (changed.rows.length == 0) {
    return refuseStatus(id, "draft");
  }
  const orderId = changed.first.get("order_id");
  if (!orderId.missing) {
    const failure = giveOrderBack(id, orderId.text);
    if (failure) {
      return failure;
    }
  }
  return Response.ok(Json.object().set("id", Json.string(id)).set("deleted", Json.boolean(true)));
}

export function insertLines(invoiceId: string, lines: Line[]): Response | null {
  for (let index = 0; index < lines.length; ++index) {
    const line = lines[index];
    const inserted = execute(
      "INSERT INTO invoice_line (invoice_id, line_number, description, quantity, unit_price_cents) " +
        "VALUES ($1, $2, $3, $4, $5)",
      [
        Json.string(invoiceId), Json.integer(index + 1), Json.string(line.description), Json.integer(line.quantity),
        Json.integer(line.unitPriceCents),
      ]);
    if (inserted.failure) {
      return inserted.failure;
    }
  }
  return null;
}
