;; SPDX-License-Identifier: Apache-2.0
;; Its _initialize reads an argument that nobody gives.
;; contract: eerp
;; build: export _initialize has the wrong type
;; bypassed: host says no
(module
  (memory (export "memory") 1)
  (func (export "_initialize") (param i32) (i32.store (local.get 0) (i32.const 1))))
