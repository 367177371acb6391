;; SPDX-License-Identifier: Apache-2.0
;; A vector of which eight bytes lie behind memory.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (func (export "attack") (v128.store (i32.const 65528) (v128.const i64x2 -1 -1)))
  (func (export "calm") (result i32) (i32.const 42)))
