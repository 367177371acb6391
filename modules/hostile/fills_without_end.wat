;; SPDX-License-Identifier: Apache-2.0
;; Is inside memory.fill whenever one looks: code of the runtime's, not of its own.
;; expect: deadline
(module
  (memory 1 4)
  (func (export "attack") (loop $on (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br $on)))
  (func (export "calm") (result i32) (i32.const 42)))
