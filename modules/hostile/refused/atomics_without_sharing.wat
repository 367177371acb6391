;; SPDX-License-Identifier: Apache-2.0
;; Uses an unaligned atomic access on a memory of its own.
;; build: needs shared memory or atomics
;; bypassed: compile says no
(module
  (memory 1 1)
  (func (export "attack") (drop (i32.atomic.load (i32.const 3))))
  (func (export "calm") (result i32) (i32.const 42)))
