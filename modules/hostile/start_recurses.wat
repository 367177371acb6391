;; SPDX-License-Identifier: Apache-2.0
;; Its start function calls itself without end.
;; expect: stack_exhausted in start
(module
  (global $n (mut i32) (i32.const 0))
  (func $s (global.set $n (i32.add (global.get $n) (i32.const 1))) (call $s) (global.set $n (i32.const 0))) (start $s)
  (func (export "attack"))
  (func (export "calm") (result i32) (i32.const 42)))
