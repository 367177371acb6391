;; SPDX-License-Identifier: Apache-2.0
;; Loops over a call of its own.
;; expect: deadline
(module
  (func $f (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func (export "attack") (local $i i32) (loop $on (local.set $i (call $f (local.get $i))) (br $on)))
  (func (export "calm") (result i32) (i32.const 42)))
