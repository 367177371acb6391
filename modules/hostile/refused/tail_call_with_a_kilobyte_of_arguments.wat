;; SPDX-License-Identifier: Apache-2.0
;; Passes more bytes of arguments to a tail call than the translator has room for.
;; build: needs tail calls
;; bypassed: compile says no
(module
  (type $t (func (param {{200: i64}})))
  (table 1 1 funcref) (elem (i32.const 0) $f)
  (func $f (type $t) (return_call_indirect (type $t) {{200: (local.get #)}} (i32.const 0)))
  (func (export "attack") (call $f {{200: (i64.const #)}}))
  (func (export "calm") (result i32) (i32.const 42)))
