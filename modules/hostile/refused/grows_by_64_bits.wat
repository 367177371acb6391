;; SPDX-License-Identifier: Apache-2.0
;; Grows its table by a number of 64 bits, of which the lower 32 are few.
;; The translator passes on the lower half: the table grows by one, and the element that is read is there.
;; build: needs 64-bit memories or tables
;; bypassed: returns
(module
  (table i64 2 funcref)
  (func (export "attack")
    (drop (table.grow 0 (ref.null func) (i64.const 0x100000001)))
    (drop (table.get 0 (i64.const 2))))
  (func (export "calm") (result i32) (i32.const 42)))
