;; SPDX-License-Identifier: Apache-2.0
;; The same through a table that nothing changes, of which the caster made an array.
;; expect: call_indirect
(module
  (table $t 4 4 funcref)
  (type $void (func))
  (type $one (func (param i32)))
  (func $a (type $void)) (func $b (type $one))
  (elem (table $t) (i32.const 0) func $a $b)
  (func (export "attack") (local $i i32)
    (loop $on (call_indirect $t (type $void) (local.get $i)) (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $on)))
  (func (export "calm") (result i32) (i32.const 42)))
