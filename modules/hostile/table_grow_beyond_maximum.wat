;; SPDX-License-Identifier: Apache-2.0
;; Asks for four thousand million elements, is refused, and uses them all the same.
;; expect: out_of_bounds
(module
  (table $t 4 8 funcref)
  (type $void (func))
  (type $one (func (param i32)))
  (func $a (type $void)) (func $b (type $one))
  (elem (table $t) (i32.const 0) func $a $b)
  (func (export "attack") (drop (table.grow $t (ref.null func) (i32.const -1))) (table.set $t (i32.const 8) (ref.func $a)))
  (func (export "calm") (result i32) (i32.const 42)))
