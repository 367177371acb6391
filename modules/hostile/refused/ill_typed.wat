;; SPDX-License-Identifier: Apache-2.0
;; Takes a number for a reference and calls it.
;; build: not a valid module
;; bypassed: translate says no
(module
  (table 1 1 funcref)
  (type $t (func))
  (func (export "attack") (table.set 0 (i32.const 0) (i64.const 0x41414141)) (call_indirect (type $t) (i32.const 0)))
  (func (export "calm") (result i32) (i32.const 42)))
