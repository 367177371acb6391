;; SPDX-License-Identifier: Apache-2.0
;; Writes the table behind its end.
;; expect: out_of_bounds
(module
  (table $t 4 8 funcref)
  (type $void (func))
  (type $one (func (param i32)))
  (func $a (type $void)) (func $b (type $one))
  (elem (table $t) (i32.const 0) func $a $b)
  (func (export "attack") (table.set $t (i32.const -1) (ref.func $a)))
  (func (export "calm") (result i32) (i32.const 42)))
