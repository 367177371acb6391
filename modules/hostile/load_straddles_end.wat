;; SPDX-License-Identifier: Apache-2.0
;; Reads eight bytes of which the last four lie behind memory.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (func (export "attack") (drop (i64.load (i32.const 65532))))
  (func (export "calm") (result i32) (i32.const 42)))
