;; SPDX-License-Identifier: Apache-2.0
;; Loops over memory.
;; expect: deadline
(module
  (memory 1 4)
  (func (export "attack") (local $i i32)
    (loop $on (i32.store (i32.and (local.get $i) (i32.const 65532)) (local.get $i)) (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $on)))
  (func (export "calm") (result i32) (i32.const 42)))
