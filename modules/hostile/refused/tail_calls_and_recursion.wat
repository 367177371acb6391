;; SPDX-License-Identifier: Apache-2.0
;; Each tail call is followed by a plain one, so that the translator's frames pile up.
;; build: needs tail calls
;; bypassed: stack_exhausted
(module
  (type $t (func (param i64) (result i64)))
  (table 2 2 funcref) (elem (i32.const 0) $f $g)
  (func $f (type $t) (return_call_indirect (type $t) (i64.add (local.get 0) (i64.const 1)) (i32.const 1)))
  (func $g (type $t) (i64.add (call $f (local.get 0)) (i64.const 1)))
  (func (export "attack") (drop (call $f (i64.const 1))))
  (func (export "calm") (result i32) (i32.const 42)))
