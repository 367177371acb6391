;; SPDX-License-Identifier: Apache-2.0
;; Which initialisers ran, in which order: one digit each.
(module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u64" (func $store_u64 (param i64 i64)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (global $order (mut i64) (i64.const 0))
  (func $note (param $digit i64) (global.set $order (i64.add (i64.mul (global.get $order) (i64.const 10)) (local.get $digit))))
  (func (export "_initialize") (call $note (i64.const 1)))
  (func (export "__wasm_call_ctors") (call $note (i64.const 2)))
  (func (export "order") (result i32)
    (local $block i64)
    (local.set $block (call $alloc (i64.const 8)))
    (call $store_u64 (local.get $block) (global.get $order))
    (call $output_set (local.get $block) (i64.const 8))
    (i32.const 0)))
