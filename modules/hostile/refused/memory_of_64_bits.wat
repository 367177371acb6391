;; SPDX-License-Identifier: Apache-2.0
;; Reads a terabyte behind its memory, where no guard stands.
;; build: needs 64-bit memories
;; bypassed: limit in start
(module
  (memory i64 1)
  (func (export "attack") (drop (i32.load (i64.const 0x10000000000))))
  (func (export "calm") (result i32) (i32.const 42)))
