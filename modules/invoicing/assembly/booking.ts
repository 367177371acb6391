// SPDX-License-Identifier: Apache-2.0
// Booking through the accounting module. It owns the books; this module only says what happened.
import { Json, Response, call, nowMs } from "../../sdk/as";

class Account {
  constructor(public code: string, public name: string, public kind: string) {}
}

export const BANK = new Account("1000", "Bank", "asset");
export const RECEIVABLE = new Account("1200", "Accounts receivable", "asset");
export const REVENUE = new Account("4000", "Revenue", "income");

export class Booking {
  entryId: string = "";
  failure: Response | null = null;
}

/** Posts one entry of two lines for today. */
export function book(reference: string, memo: string, debit: Account, credit: Account, amountCents: i64): Booking {
  const booking = new Booking();
  booking.failure = ensure(debit);
  if (booking.failure == null) {
    booking.failure = ensure(credit);
  }
  if (booking.failure) {
    return booking;
  }
  const today = new Date(nowMs()).toISOString().substring(0, 10);
  const entry = Json.object()
    .set("date", Json.string(today)).set("memo", Json.string(memo)).set("reference", Json.string(reference))
    .set("lines", Json.array([line(debit, "debit_cents", amountCents), line(credit, "credit_cents", amountCents)]));
  const answer = call("accounting", "POST", "/entries", entry);
  if (answer.failure) {
    booking.failure = answer.failure;
  } else if (answer.refused) {
    booking.failure = Response.refuse(
      409, "BOOKING_REFUSED",
      "accounting refused: " + answer.body.get("code").text + ": " + answer.body.get("message").text);
  } else {
    booking.entryId = answer.body.get("id").text;
  }
  return booking;
}

function line(account: Account, side: string, amountCents: i64): Json {
  return Json.object().set("account", Json.string(account.code)).set(side, Json.integer(amountCents));
}

/** Creates an account that does not exist yet. Somebody else may do so at the same moment: then this request conflicts. */
function ensure(account: Account): Response | null {
  const found = call("accounting", "GET", "/accounts/by-code/" + account.code);
  if (found.failure || found.status == 200) {
    return found.failure;
  }
  if (found.status != 404) {
    return new Response(found.status, found.body);
  }
  const created = call("accounting", "POST", "/accounts", Json.object()
    .set("code", Json.string(account.code)).set("name", Json.string(account.name))
    .set("kind", Json.string(account.kind)));
  if (created.failure) {
    return created.failure;
  }
  return created.refused ? new Response(created.status, created.body) : null;
}
