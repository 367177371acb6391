;; SPDX-License-Identifier: Apache-2.0
;; Calls itself through its table.
;; expect: stack_exhausted
(module
  (type $u (func (param i32) (result i32)))
  (table 1 1 funcref) (elem (i32.const 0) func $f)
  (func $f (param i32) (result i32) (i32.add (call_indirect (type $u) (local.get 0) (i32.const 0)) (i32.const 1)))
  (func (export "attack") (drop (call $f (i32.const 1))))
  (func (export "calm") (result i32) (i32.const 42)))
