// SPDX-License-Identifier: Apache-2.0
// The module's exports and its route table.
import { Route, register, serve } from "../sdk";
import { createItem, getItem, listItems, updateItem } from "./items";
import { MIGRATIONS } from "./migrations";

export { alloc, dealloc } from "../sdk";

const ROUTES: Route[] = [
  new Route("GET", "/items", "@NAME@:@NAME@_item:read", listItems),
  new Route("POST", "/items", "@NAME@:@NAME@_item:create", createItem),
  new Route("GET", "/items/{id}", "@NAME@:@NAME@_item:read", getItem),
  new Route("PUT", "/items/{id}", "@NAME@:@NAME@_item:update", updateItem),
];

let migrations = new ArrayBuffer(0);

export function migrate(): usize {
  migrations = String.UTF8.encode(MIGRATIONS);
  return changetype<usize>(migrations);
}

export function migrate_len(): u32 {
  return migrations.byteLength;
}

export function init(): void {
  register(ROUTES);
}

export function handle(handlerId: u32, request: usize, requestLength: u32): usize {
  return serve(ROUTES, handlerId, request, requestLength);
}
