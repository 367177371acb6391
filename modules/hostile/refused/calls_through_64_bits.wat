;; SPDX-License-Identifier: Apache-2.0
;; Calls an element of its table through an index of 64 bits, of which the lower 32 are in bounds.
;; build: needs 64-bit memories or tables
;; The translator's own check cuts the index to 32 bits, the call behind it does not (compiler/lower/whole_index.hpp).
;; bypassed: call_indirect
(module
  (table i64 2 2 funcref)
  (type $t (func)) (func $f) (elem (table 0) (i64.const 0) func $f $f)
  (func (export "attack") (call_indirect (type $t) (i64.const 0x100000001)))
  (func (export "calm") (result i32) (i32.const 42)))
