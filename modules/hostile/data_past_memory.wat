;; SPDX-License-Identifier: Apache-2.0
;; Its data would begin at the last byte of memory and go on behind it.
;; expect: out_of_bounds in start
(module
  (memory 1 1)
  (data (i32.const 65535) "12")
  (func (export "attack"))
  (func (export "calm") (result i32) (i32.const 42)))
