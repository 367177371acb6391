;; SPDX-License-Identifier: Apache-2.0
;; Its functions would be written behind the end of the table.
;; expect: out_of_bounds in start
(module
  (table 4 4 funcref)
  (func $f) (elem (i32.const 3) $f $f)
  (func (export "attack"))
  (func (export "calm") (result i32) (i32.const 42)))
