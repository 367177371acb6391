;; SPDX-License-Identifier: Apache-2.0
;; Grows, and writes behind the new end.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (func (export "attack") (drop (memory.grow (i32.const 1))) (i32.store8 (i32.const 131072) (i32.const 1)))
  (func (export "calm") (result i32) (i32.const 42)))
