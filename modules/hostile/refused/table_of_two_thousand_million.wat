;; SPDX-License-Identifier: Apache-2.0
;; Declares a table whose elements would take 64 GB.
;; build: a table of 2000000000 elements is larger than the 10000000 that are accepted
;; bypassed: limit in start
(module
  (table 2000000000 2000000000 funcref)
  (func (export "attack") (drop (table.get 0 (i32.const 1999999999))))
  (func (export "calm") (result i32) (i32.const 42)))
