;; SPDX-License-Identifier: Apache-2.0
;; Returns its answer in a form that the host does not know.
;; contract: eerp
;; build: export handle has the wrong type
;; bypassed: host says no
(module
  (memory (export "memory") 1)
  (func (export "alloc") (param i32) (result i32) (i32.const -16))
  (func (export "handle") (param i32 i32 i32) (result f64) (f64.const 1)))
