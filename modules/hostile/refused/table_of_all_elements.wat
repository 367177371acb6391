;; SPDX-License-Identifier: Apache-2.0
;; Declares a table of as many elements as an index can name.
;; build: a table of 4294967295 elements is larger than the 10000000 that are accepted
;; bypassed: limit in start
(module
  (table 4294967295 externref)
  (func (export "attack") (table.set 0 (i32.const -2) (ref.null extern)))
  (func (export "calm") (result i32) (i32.const 42)))
