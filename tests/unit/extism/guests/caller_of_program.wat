;; SPDX-License-Identifier: Apache-2.0
;; Calls a module "program", and gives what that gives.
(module
  (import "program" "own" (func $own (result i64)))
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u64" (func $store_u64 (param i64 i64)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (func (export "own") (result i32)
    (local $block i64)
    (local.set $block (call $alloc (i64.const 8)))
    (call $store_u64 (local.get $block) (call $own))
    (call $output_set (local.get $block) (i64.const 8))
    (i32.const 0)))
