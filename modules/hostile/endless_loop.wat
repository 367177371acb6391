;; SPDX-License-Identifier: Apache-2.0
;; Loops, calls nothing, touches nothing.
;; expect: deadline
(module
  (func (export "attack") (loop $on (br $on)))
  (func (export "calm") (result i32) (i32.const 42)))
