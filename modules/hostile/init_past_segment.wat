;; SPDX-License-Identifier: Apache-2.0
;; Copies more of a segment than it has.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (data $d "four")
  (func (export "attack") (memory.init $d (i32.const 0) (i32.const 2) (i32.const 3)))
  (func (export "calm") (result i32) (i32.const 42)))
