;; SPDX-License-Identifier: Apache-2.0
;; Takes requests but has no place for them.
;; contract: eerp
;; build: missing export alloc
;; bypassed: host says no
(module
  (memory (export "memory") 1)
  (func (export "handle") (param i32 i32 i32) (result i64) (i64.const -1)))
