;; SPDX-License-Identifier: Apache-2.0
;; Tail-calls the host, through a table and without.
;; build: needs tail calls
;; bypassed: unreachable
(module
  (import "host" "nothing" (func $nothing))
  (type $t (func))
  (table 1 1 funcref) (elem (i32.const 0) $nothing)
  (func $f (return_call_indirect (type $t) (i32.const 0)))
  (func $g (return_call $nothing))
  (func (export "attack") (call $f) (call $g) (unreachable))
  (func (export "calm") (result i32) (i32.const 42)))
