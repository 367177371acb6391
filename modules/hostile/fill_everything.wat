;; SPDX-License-Identifier: Apache-2.0
;; Fills 4 GiB, from 1.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (func (export "attack") (memory.fill (i32.const 1) (i32.const 255) (i32.const -1)))
  (func (export "calm") (result i32) (i32.const 42)))
