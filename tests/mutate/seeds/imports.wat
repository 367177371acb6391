;; SPDX-License-Identifier: Apache-2.0
;; Imports of every kind, under names that are no C identifiers.
(module
  (import "host" "log" (func $log (param i32 i32)))
  (import "*/ \"" "a\nb" (func $odd (param i64 f32 externref) (result i32 f64)))
  (import "" "" (table 1 funcref))
  (import "env" "memory" (memory 1 65536))
  (import "env" "g" (global $g (mut i32)))
  (import "env" "externs" (global $e externref))
  (global (export "\\") i32 (i32.const 3))
  (func (export "int") (export "%s%n") (param i32) (result i32) (local f64)
    (call $log (i32.const 0) (global.get $g))
    (call $odd (i64.const 1) (f32.const 2) (global.get $e))
    (local.set 1)
    (global.set $g (i32.load16_u (local.get 0)))
    (i32.add (local.get 0)))
  (func (export "??/") (result externref) (global.get $e)))
