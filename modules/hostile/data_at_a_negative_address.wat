;; SPDX-License-Identifier: Apache-2.0
;; Its data would begin four bytes below the end of the address space.
;; expect: out_of_bounds in start
(module
  (memory 1)
  (data (i32.const -4) "12345678")
  (func (export "attack"))
  (func (export "calm") (result i32) (i32.const 42)))
