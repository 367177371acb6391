;; SPDX-License-Identifier: Apache-2.0
;; Writes four bytes of which two lie behind memory.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (func (export "attack") (i32.store (i32.const 65534) (i32.const -1)))
  (func (export "calm") (result i32) (i32.const 42)))
