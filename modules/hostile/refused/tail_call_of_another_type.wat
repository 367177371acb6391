;; SPDX-License-Identifier: Apache-2.0
;; Tail-calls an element that has another type, with more arguments than the function that does so.
;; build: needs tail calls
;; bypassed: call_indirect
(module
  (type $many (func (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
  (type $one (func (param i32) (result i64)))
  (table 1 1 funcref) (elem (i32.const 0) $f)
  (func $f (type $one) (i64.const 1))
  (func $g (param i32) (result i64)
    (return_call_indirect (type $many) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (local.get 0)))
  (func (export "attack") (drop (call $g (i32.const 0))))
  (func (export "calm") (result i32) (i32.const 42)))
