;; SPDX-License-Identifier: Apache-2.0
;; Has a hundred and one tables, and reaches past the end of the last.
;; build: too many tables (101, at most 100)
;; bypassed: out_of_bounds
(module
  {{101: (table 100 funcref)}}
  (func (export "attack") (drop (table.get 100 (i32.const 100))))
  (func (export "calm") (result i32) (i32.const 42)))
