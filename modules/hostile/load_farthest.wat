;; SPDX-License-Identifier: Apache-2.0
;; The farthest address that an instruction can name: twice 4 GiB, eight bytes.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (func (export "attack") (drop (i64.load offset=4294967295 (i32.const -1))))
  (func (export "calm") (result i32) (i32.const 42)))
