// SPDX-License-Identifier: Apache-2.0
// The module's exports and its route table. The handlers are in read.ts, drafts.ts, orders.ts, issue.ts,
// payment.ts and lucky.ts.
import { Route, register, serve } from "../../sdk/as";
import { create, remove, update } from "./drafts";
import { issue } from "./issue";
import { lucky } from "./lucky";
import { MIGRATIONS } from "./migrations";
import { OPENAPI } from "./openapi";
import { createFromOrder } from "./orders";
import { pay } from "./payment";
import { get, list } from "./read";

export { alloc, dealloc } from "../../sdk/as";

const ROUTES: Route[] = [
  new Route("GET", "/invoices", "invoicing:invoice:read", list),
  new Route("POST", "/invoices", "invoicing:invoice:create", create),
  new Route("GET", "/invoices/lucky", "invoicing:invoice:read", lucky),
  new Route("GET", "/invoices/{id}", "invoicing:invoice:read", get),
  new Route("PUT", "/invoices/{id}", "invoicing:invoice:update", update),
  new Route("DELETE", "/invoices/{id}", "invoicing:invoice:delete", remove),
  new Route("POST", "/orders/{id}/invoice", "invoicing:invoice:create", createFromOrder),
  new Route("POST", "/invoices/{id}/issue", "invoicing:invoice:issue", issue),
  new Route("POST", "/invoices/{id}/pay", "invoicing:invoice:pay", pay),
];

let migrations = new ArrayBuffer(0);
let description = new ArrayBuffer(0);

export function migrate(): usize {
  migrations = String.UTF8.encode(MIGRATIONS);
  return changetype<usize>(migrations);
}

export function migrate_len(): u32 {
  return migrations.byteLength;
}

export function openapi(): usize {
  description = String.UTF8.encode(OPENAPI);
  return changetype<usize>(description);
}

export function openapi_len(): u32 {
  return description.byteLength;
}

export function init(): void {
  register(ROUTES);
}

export function handle(handlerId: u32, request: usize, requestLength: u32): usize {
  return serve(ROUTES, handlerId, request, requestLength);
}
