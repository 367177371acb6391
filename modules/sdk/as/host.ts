// SPDX-License-Identifier: Apache-2.0
// The raw imports, and the one way text crosses the boundary: as UTF-8, copied by the host before it returns.

// @ts-ignore: decorator
@external("host", "log_level")
declare function host_log_level(level: u32, text: usize, textLength: u32): void;
// @ts-ignore: decorator
@external("host", "register_route")
declare function host_register_route(
  method: usize, methodLength: u32, path: usize, pathLength: u32, handlerId: u32,
  permission: usize, permissionLength: u32): i32;
// @ts-ignore: decorator
@external("host", "query")
declare function host_query(sql: usize, sqlLength: u32, params: usize, paramsLength: u32): i32;
// @ts-ignore: decorator
@external("host", "execute")
declare function host_execute(sql: usize, sqlLength: u32, params: usize, paramsLength: u32): i32;
// @ts-ignore: decorator
@external("host", "data")
declare function host_data(request: usize, requestLength: u32): i32;
// @ts-ignore: decorator
@external("host", "call")
declare function host_call(
  module: usize, moduleLength: u32, method: usize, methodLength: u32, path: usize, pathLength: u32,
  body: usize, bodyLength: u32): i32;
// @ts-ignore: decorator
@external("host", "result")
declare function host_result(address: usize, capacity: u32): i32;
// @ts-ignore: decorator
@external("host", "now_ms")
declare function host_now_ms(): i64;

export enum Level { Trace = 0, Debug = 1, Info = 2, Warn = 3, Error = 4 }

/** Text of a success, or of a failure. */
export class Outcome {
  constructor(public ok: bool, public text: string) {}
}

// @ts-ignore: decorator
@inline
function address(buffer: ArrayBuffer): usize {
  return changetype<usize>(buffer);
}

/** Collects the text behind the number a host function gave: n >= 0 success, n < 0 failure, |n| bytes. */
function collect(outcome: i32): Outcome {
  const size = outcome >= 0 ? <u32>outcome : 0 - <u32>outcome;
  const buffer = new ArrayBuffer(<i32>size);
  const copied = host_result(address(buffer), size);
  return new Outcome(outcome >= 0, String.UTF8.decodeUnsafe(address(buffer), <usize>copied));
}

export function query(sql: string, params: string): Outcome {
  const s = String.UTF8.encode(sql);
  const p = String.UTF8.encode(params);
  return collect(host_query(address(s), s.byteLength, address(p), p.byteLength));
}

export function execute(sql: string, params: string): Outcome {
  const s = String.UTF8.encode(sql);
  const p = String.UTF8.encode(params);
  return collect(host_execute(address(s), s.byteLength, address(p), p.byteLength));
}

export function data(request: string): Outcome {
  const r = String.UTF8.encode(request);
  return collect(host_data(address(r), r.byteLength));
}

export function call(module: string, method: string, path: string, body: string): Outcome {
  const m = String.UTF8.encode(module);
  const v = String.UTF8.encode(method);
  const p = String.UTF8.encode(path);
  const b = String.UTF8.encode(body);
  return collect(host_call(
    address(m), m.byteLength, address(v), v.byteLength, address(p), p.byteLength, address(b), b.byteLength));
}

export function registerRoute(method: string, path: string, handlerId: u32, permission: string): i32 {
  const m = String.UTF8.encode(method);
  const p = String.UTF8.encode(path);
  const q = String.UTF8.encode(permission);
  return host_register_route(
    address(m), m.byteLength, address(p), p.byteLength, handlerId, address(q), q.byteLength);
}

export function log(level: Level, text: string): void {
  const t = String.UTF8.encode(text);
  host_log_level(level, address(t), t.byteLength);
}

/** Milliseconds since 1970-01-01 UTC. */
export function nowMs(): i64 {
  return host_now_ms();
}
