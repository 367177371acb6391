;; SPDX-License-Identifier: Apache-2.0
;; Loops that only a deadline ends: one that never leaves the guest, one that always talks to the host.
(module
  ;;include include/base.wat
  (data (i32.const 1024) "/loop")
  (data (i32.const 1032) "/log")
  (data (i32.const 1040) "still here")
  (func (export "init")
    (call $get (i32.const 1024) (i32.const 5) (i32.const 0))
    (call $get (i32.const 1032) (i32.const 4) (i32.const 1)))
  (func (export "handle") (param $id i32) (param $request i32) (param $length i32) (result i64)
    (local $count i64)
    (if (i32.eqz (local.get $id))
      (then (loop $silent
        ;; The count is stored, so that no compiler may drop the loop.
        (i64.store (i32.const 2048) (local.tee $count (i64.add (local.get $count) (i64.const 1))))
        (br $silent))))
    (loop $loud
      (call $log (i32.const 1040) (i32.const 10))
      (br $loud))
    (i64.const 0))
)
