;; SPDX-License-Identifier: Apache-2.0
;; Adds numbers of 128 bits.
;; build: needs 128-bit arithmetic
;; bypassed: translate says no
(module
  (func (export "attack") (i64.add128 (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)) (drop) (drop))
  (func (export "calm") (result i32) (i32.const 42)))
