;; SPDX-License-Identifier: Apache-2.0
;; Greets whoever is named, and asks the host which hour it is.
(module
  (import "clock" "hour" (func $hour (result i32)))
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 1024))
  (data (i32.const 0) "Good morning, ")
  (data (i32.const 32) "Good evening, ")
  (func (export "alloc") (param $bytes i32) (result i32)
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get $bytes))))
  ;; (address, length) of a name -> (address << 32) | length of the greeting
  (func (export "greet") (param $name i32) (param $length i32) (result i64)
    (local $to i32)
    (local.set $to (i32.const 512))
    (memory.copy (local.get $to) (select (i32.const 0) (i32.const 32) (i32.lt_u (call $hour) (i32.const 12))) (i32.const 14))
    (memory.copy (i32.add (local.get $to) (i32.const 14)) (local.get $name) (local.get $length))
    (i64.or (i64.shl (i64.extend_i32_u (local.get $to)) (i64.const 32)) (i64.extend_i32_u (i32.add (local.get $length) (i32.const 14)))))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1))))
