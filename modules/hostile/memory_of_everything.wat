;; SPDX-License-Identifier: Apache-2.0
;; Asks for four gigabytes before it has done anything.
;; expect: limit in start
(module
  (memory 65536 65536)
  (func (export "attack"))
  (func (export "calm") (result i32) (i32.const 42)))
