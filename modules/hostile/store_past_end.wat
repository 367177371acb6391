;; SPDX-License-Identifier: Apache-2.0
;; Writes the first byte behind memory.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (func (export "attack") (i32.store8 (i32.const 65536) (i32.const 1)))
  (func (export "calm") (result i32) (i32.const 42)))
