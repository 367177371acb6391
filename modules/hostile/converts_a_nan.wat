;; SPDX-License-Identifier: Apache-2.0
;; Makes an integer of a NaN.
;; expect: invalid_conversion
(module
  (func (export "attack") (drop (i32.trunc_f32_s (f32.const nan))))
  (func (export "calm") (result i32) (i32.const 42)))
