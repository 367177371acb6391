;; SPDX-License-Identifier: Apache-2.0
;; Reads an element of its table through an index of 64 bits, of which the lower 32 are in bounds.
;; build: needs 64-bit memories or tables
;; bypassed: out_of_bounds
(module
  (table i64 2 2 funcref)
  (func (export "attack") (drop (table.get 0 (i64.const 0x100000001))))
  (func (export "calm") (result i32) (i32.const 42)))
