;; SPDX-License-Identifier: Apache-2.0
;; Makes an integer of 1e30.
;; expect: integer_overflow
(module
  (func (export "attack") (drop (i64.trunc_f64_u (f64.const 1e30))))
  (func (export "calm") (result i32) (i32.const 42)))
