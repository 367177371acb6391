;; SPDX-License-Identifier: Apache-2.0
;; The neighbour of the hostile guests, in the same process: its memory holds what it wrote itself, and it counts its calls.
(module
  (memory 1)
  (global $calls (mut i64) (i64.const 0))
  (table $t 2 2 funcref) (elem (i32.const 0) $first $second)
  (type $number (func (result i64)))
  (func $first (result i64) (i64.const 1000))
  (func $second (result i64) (i64.const 2000))
  (func (export "_initialize") (local $at i32)
    (loop $each
      (i32.store (local.get $at) (i32.mul (local.get $at) (i32.const 7)))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $each (i32.lt_u (local.get $at) (i32.const 65536)))))
  ;; How many of its words are still what they were, plus what its table says, plus a million for each call so far.
  (func (export "check") (result i64) (local $at i32) (local $right i64)
    (loop $each
      (local.set $right (i64.add (local.get $right)
        (i64.extend_i32_u (i32.eq (i32.load (local.get $at)) (i32.mul (local.get $at) (i32.const 7))))))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $each (i32.lt_u (local.get $at) (i32.const 65536))))
    (global.set $calls (i64.add (global.get $calls) (i64.const 1)))
    (i64.add
      (i64.add (local.get $right) (i64.mul (global.get $calls) (i64.const 1000000)))
      (i64.add (call_indirect (type $number) (i32.const 0)) (call_indirect (type $number) (i32.const 1))))))
