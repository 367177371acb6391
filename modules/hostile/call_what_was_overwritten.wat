;; SPDX-License-Identifier: Apache-2.0
;; Puts a function of another type where one of the right type was, and calls it as before.
;; expect: call_indirect
(module
  (table $t 4 8 funcref)
  (type $void (func))
  (type $one (func (param i32)))
  (func $a (type $void)) (func $b (type $one))
  (elem (table $t) (i32.const 0) func $a $b)
  (func (export "attack") (call_indirect $t (type $void) (i32.const 0)) (table.set $t (i32.const 0) (ref.func $b)) (call_indirect $t (type $void) (i32.const 0)))
  (func (export "calm") (result i32) (i32.const 42)))
