;; SPDX-License-Identifier: Apache-2.0
;; Is inside table.fill whenever one looks.
;; expect: deadline
(module
  (table $t 100000 100000 funcref)
  (func (export "attack") (loop $on (table.fill $t (i32.const 0) (ref.null func) (i32.const 100000)) (br $on)))
  (func (export "calm") (result i32) (i32.const 42)))
