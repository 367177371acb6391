;; SPDX-License-Identifier: Apache-2.0
;; Looks for what lies in front of memory, the instance, by a negative index and by a wrapping offset.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (func (export "attack") (i64.store offset=4294901760 (i32.const -65536) (i64.const -1)))
  (func (export "calm") (result i32) (i32.const 42)))
