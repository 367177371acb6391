;; SPDX-License-Identifier: Apache-2.0
;; Calls itself in tail position, for ever.
;; build: needs tail calls
;; bypassed: deadline
(module
  (func $f (param i64) (return_call $f (i64.add (local.get 0) (i64.const 1))))
  (func (export "attack") (call $f (i64.const 1)))
  (func (export "calm") (result i32) (i32.const 42)))
