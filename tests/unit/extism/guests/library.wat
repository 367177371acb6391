;; SPDX-License-Identifier: Apache-2.0
;; What another module of the plugin calls: state of its own, a memory that can grow, an initialiser.
(module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u64" (func $store_u64 (param i64 i64)))
  (memory (export "memory") 1)
  (global $count (mut i64) (i64.const 0))
  (func (export "_initialize") (global.set $count (i64.const 100)))
  (func (export "next") (result i64) (global.set $count (i64.add (global.get $count) (i64.const 1))) (global.get $count))
  (func (export "handle_of") (param $number i64) (result i64)
    (local $block i64)
    (local.set $block (call $alloc (i64.const 8)))
    (call $store_u64 (local.get $block) (local.get $number))
    (local.get $block))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "stop") (unreachable)))
