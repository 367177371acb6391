;; SPDX-License-Identifier: Apache-2.0
;; Reads the first byte behind memory.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (func (export "attack") (drop (i32.load8_u (i32.const 65536))))
  (func (export "calm") (result i32) (i32.const 42)))
