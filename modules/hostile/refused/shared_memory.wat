;; SPDX-License-Identifier: Apache-2.0
;; Shares its memory with threads that could move under its feet.
;; build: needs shared memory or atomics
;; bypassed: compile says no
(module
  (memory 1 1 shared)
  (func (export "attack") (drop (i32.atomic.rmw.add (i32.const 65536) (i32.const 1))))
  (func (export "calm") (result i32) (i32.const 42)))
