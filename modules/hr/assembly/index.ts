// SPDX-License-Identifier: Apache-2.0
// The module's exports and its route table.
import { Route, register, serve } from "../../sdk/as";
import { createContract, endContract, getContract, listContracts } from "./contracts";
import { createDepartment, getDepartment, listDepartments, updateDepartment } from "./departments";
import { createEmployee, getEmployee, listEmployees, updateEmployee } from "./employees";
import { approve, createLeave, getLeave, listLeave, reject } from "./leave";
import { MIGRATIONS } from "./migrations";
import { OPENAPI } from "./openapi";
import { salaries } from "./salaries";

export { alloc, dealloc } from "../../sdk/as";

const ROUTES: Route[] = [
  new Route("GET", "/departments", "hr:department:read", listDepartments),
  new Route("POST", "/departments", "hr:department:create", createDepartment),
  new Route("GET", "/departments/{id}", "hr:department:read", getDepartment),
  new Route("PUT", "/departments/{id}", "hr:department:update", updateDepartment),
  new Route("GET", "/employees", "hr:employee:read", listEmployees),
  new Route("POST", "/employees", "hr:employee:create", createEmployee),
  new Route("GET", "/employees/{id}", "hr:employee:read", getEmployee),
  new Route("PUT", "/employees/{id}", "hr:employee:update", updateEmployee),
  new Route("GET", "/employees/{id}/contracts", "hr:contract:read", listContracts),
  new Route("POST", "/employees/{id}/contracts", "hr:contract:create", createContract),
  new Route("GET", "/contracts/{id}", "hr:contract:read", getContract),
  new Route("POST", "/contracts/{id}/end", "hr:contract:end", endContract),
  new Route("GET", "/leave-requests", "hr:leave:read", listLeave),
  new Route("POST", "/leave-requests", "hr:leave:create", createLeave),
  new Route("GET", "/leave-requests/{id}", "hr:leave:read", getLeave),
  new Route("POST", "/leave-requests/{id}/approve", "hr:leave:decide", approve),
  new Route("POST", "/leave-requests/{id}/reject", "hr:leave:decide", reject),
  new Route("GET", "/salaries", "hr:salary:read", salaries),
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
