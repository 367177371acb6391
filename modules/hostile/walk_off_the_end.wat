;; SPDX-License-Identifier: Apache-2.0
;; Writes byte after byte until something stops it.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (func (export "attack") (local $at i32)
    (loop $on (i32.store8 (local.get $at) (i32.const 255)) (local.set $at (i32.add (local.get $at) (i32.const 1))) (br $on)))
  (func (export "calm") (result i32) (i32.const 42)))
