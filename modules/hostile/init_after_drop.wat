;; SPDX-License-Identifier: Apache-2.0
;; Copies from a segment that it dropped.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (data $d "four")
  (func (export "attack") (data.drop $d) (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)))
  (func (export "calm") (result i32) (i32.const 42)))
