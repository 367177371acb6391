;; SPDX-License-Identifier: Apache-2.0
;; Divides the least number by -1: the processor would stop the process.
;; expect: integer_overflow
(module
  (func (export "attack") (drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1))))
  (func (export "calm") (result i32) (i32.const 42)))
