;; SPDX-License-Identifier: Apache-2.0
;; Takes an index for a signed number: -4 is 4 GiB less four.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (func (export "attack") (drop (i32.load (i32.const -4))))
  (func (export "calm") (result i32) (i32.const 42)))
