;; SPDX-License-Identifier: Apache-2.0
;; What crossing the border costs: a function that does nothing, and loops over an import that does nothing.
(module
  (import "bench" "nothing" (func $nothing))
  (import "bench" "add" (func $add (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "nothing"))
  (func (export "spin") (loop $for_ever (br $for_ever)))
  (func (export "ask") (param $times i32)
    (loop $again
      (call $nothing)
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
  (func (export "add") (param $times i32) (result i32)
    (local $sum i32)
    (loop $again
      (local.set $sum (call $add (local.get $sum) (local.get $times)))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (local.get $sum))
  (func (export "touch_one") (i32.store8 (i32.const 0) (i32.const 1)))
  ;; One byte on each of 16 pages of 4 KiB, so that a reset has something to do.
  (func (export "touch")
    (local $at i32)
    (loop $again
      (i32.store8 (local.get $at) (i32.const 1))
      (br_if $again (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4096))) (i32.const 65536))))))
