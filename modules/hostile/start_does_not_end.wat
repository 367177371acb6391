;; SPDX-License-Identifier: Apache-2.0
;; Loops before anybody calls it.
;; expect: deadline in start
(module
  (func $s (loop $on (br $on))) (start $s)
  (func (export "attack"))
  (func (export "calm") (result i32) (i32.const 42)))
