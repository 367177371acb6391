;; SPDX-License-Identifier: Apache-2.0
;; Asks for a table of its maximum, over and over.
;; expect: deadline
(module
  (table $t 4 8 funcref)
  (type $void (func))
  (type $one (func (param i32)))
  (func $a (type $void)) (func $b (type $one))
  (elem (table $t) (i32.const 0) func $a $b)
  (func (export "attack") (loop $on (drop (table.grow $t (ref.null func) (i32.const 1))) (br $on)))
  (func (export "calm") (result i32) (i32.const 42)))
