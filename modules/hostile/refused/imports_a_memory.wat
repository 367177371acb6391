;; SPDX-License-Identifier: Apache-2.0
;; Wants the memory of somebody else.
;; contract: auto
;; build: import env.memory is a memory
;; bypassed: instance says no
(module
  (import "env" "memory" (memory 1))
  (func (export "attack") (i32.store (i32.const 0) (i32.const 1)))
  (func (export "calm") (result i32) (i32.const 42)))
