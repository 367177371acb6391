;; SPDX-License-Identifier: Apache-2.0
;; Asks for more than the host gives it, again and again, and reports by a trap that it got it.
;; expect: returns
(module
  (memory 1)
  (func (export "attack") (local $left i32) (local.set $left (i32.const 1000))
    (loop $on
      (if (i32.ge_u (memory.size) (i32.const 300)) (then (unreachable)))
      (drop (memory.grow (i32.const 100)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $on (local.get $left))))
  (func (export "calm") (result i32) (i32.const 42)))
