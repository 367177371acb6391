;; SPDX-License-Identifier: Apache-2.0
;; Copies to where the end lies behind memory, over itself.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (func (export "attack") (memory.copy (i32.const 1) (i32.const 0) (i32.const 65536)))
  (func (export "calm") (result i32) (i32.const 42)))
