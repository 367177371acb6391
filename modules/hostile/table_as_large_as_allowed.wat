;; SPDX-License-Identifier: Apache-2.0
;; Declares the largest table that the build accepts: 400 MB of elements, far beyond what it may use.
;; expect: limit in start
(module
  (table 10000000 funcref)
  (func (export "attack"))
  (func (export "calm") (result i32) (i32.const 42)))
