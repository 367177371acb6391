;; SPDX-License-Identifier: Apache-2.0
;; Tail-calls an element that holds nothing.
;; build: needs tail calls
;; bypassed: call_indirect
(module
  (type $t (func))
  (table 2 2 funcref)
  (func $f (return_call_indirect (type $t) (i32.const 1)))
  (func (export "attack") (call $f))
  (func (export "calm") (result i32) (i32.const 42)))
