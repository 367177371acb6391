;; SPDX-License-Identifier: Apache-2.0
;; Calls itself.
;; expect: stack_exhausted
(module
  (func $f (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.const 1)))
  (func (export "attack") (drop (call $f (i32.const 1))))
  (func (export "calm") (result i32) (i32.const 42)))
