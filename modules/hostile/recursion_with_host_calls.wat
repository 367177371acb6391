;; SPDX-License-Identifier: Apache-2.0
;; Calls the host at every depth: what the host needs of a stack must be there, or the guest stops first.
;; expect: stack_exhausted
(module
  (import "host" "nothing" (func $nothing))
  (func $f (param i32) (result i32) (call $nothing) (i32.add (call $f (local.get 0)) (i32.const 1)))
  (func (export "attack") (drop (call $f (i32.const 1))))
  (func (export "calm") (result i32) (i32.const 42)))
