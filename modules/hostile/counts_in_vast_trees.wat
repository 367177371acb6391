;; SPDX-License-Identifier: Apache-2.0
;; Calls itself twice, sixty deep: 2^60 calls, a stack of sixty.
;; expect: deadline
(module
  (func $fib (param i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func (export "attack") (drop (call $fib (i32.const 60))))
  (func (export "calm") (result i32) (i32.const 42)))
