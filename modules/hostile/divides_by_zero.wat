;; SPDX-License-Identifier: Apache-2.0
;; Divides by zero.
;; expect: divide_by_zero
(module
  (func (export "attack") (drop (i32.div_s (i32.const 1) (i32.const 0))))
  (func (export "calm") (result i32) (i32.const 42)))
