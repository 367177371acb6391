;; SPDX-License-Identifier: Apache-2.0
;; Is inside the host whenever one looks.
;; expect: deadline
(module
  (import "host" "nothing" (func $nothing))
  (func (export "attack") (loop $on (call $nothing) (br $on)))
  (func (export "calm") (result i32) (i32.const 42)))
