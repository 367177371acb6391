;; SPDX-License-Identifier: Apache-2.0
;; An index and an offset whose sum has 33 bits: it must not become 4.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (func (export "attack") (drop (i32.load offset=4294967292 (i32.const 8))))
  (func (export "calm") (result i32) (i32.const 42)))
