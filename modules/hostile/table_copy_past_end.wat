;; SPDX-License-Identifier: Apache-2.0
;; Copies elements from behind the end.
;; expect: out_of_bounds
(module
  (table $t 4 8 funcref)
  (type $void (func))
  (type $one (func (param i32)))
  (func $a (type $void)) (func $b (type $one))
  (elem (table $t) (i32.const 0) func $a $b)
  (func (export "attack") (table.copy $t $t (i32.const 0) (i32.const 3) (i32.const 2)))
  (func (export "calm") (result i32) (i32.const 42)))
