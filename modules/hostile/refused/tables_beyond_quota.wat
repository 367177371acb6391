;; SPDX-License-Identifier: Apache-2.0
;; Each of its two hundred tables is allowed by itself; together they would take 48 GB.
;; build: too many tables (200, at most 100)
;; bypassed: limit in start
(module
  {{200: (table 10000000 funcref)}}
  (func (export "attack"))
  (func (export "calm") (result i32) (i32.const 42)))
