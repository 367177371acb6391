;; SPDX-License-Identifier: Apache-2.0
;; Copies two bytes of which one lies behind memory.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (func (export "attack") (memory.copy (i32.const 0) (i32.const 65535) (i32.const 2)))
  (func (export "calm") (result i32) (i32.const 42)))
