;; SPDX-License-Identifier: Apache-2.0
;; Traps before anybody calls it.
;; expect: out_of_bounds in start
(module
  (memory 1 4)
  (func $s (drop (i32.load (i32.const -1)))) (start $s)
  (func (export "attack"))
  (func (export "calm") (result i32) (i32.const 42)))
