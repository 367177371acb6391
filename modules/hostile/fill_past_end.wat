;; SPDX-License-Identifier: Apache-2.0
;; Fills memory and one byte more.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (func (export "attack") (memory.fill (i32.const 0) (i32.const 255) (i32.const 65537)))
  (func (export "calm") (result i32) (i32.const 42)))
