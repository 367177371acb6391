;; SPDX-License-Identifier: Apache-2.0
;; Asks for 4 GiB, is refused, and uses them all the same.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (func (export "attack") (drop (memory.grow (i32.const 65535))) (i32.store8 (i32.const 262144) (i32.const 1)))
  (func (export "calm") (result i32) (i32.const 42)))
