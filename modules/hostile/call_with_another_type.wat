;; SPDX-License-Identifier: Apache-2.0
;; Calls a function of one parameter as one of none: the parameter would be whatever a register holds.
;; expect: call_indirect
(module
  (table $t 4 8 funcref)
  (type $void (func))
  (type $one (func (param i32)))
  (func $a (type $void)) (func $b (type $one))
  (elem (table $t) (i32.const 0) func $a $b)
  (func (export "attack") (call_indirect $t (type $void) (i32.const 1)))
  (func (export "calm") (result i32) (i32.const 42)))
