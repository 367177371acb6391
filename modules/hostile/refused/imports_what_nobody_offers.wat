;; SPDX-License-Identifier: Apache-2.0
;; Asks for a function that no host has.
;; contract: auto
;; build: unknown import env.system
;; bypassed: instance says no
(module
  (import "env" "system" (func $system (param i32) (result i32)))
  (memory 1)
  (func (export "attack") (drop (call $system (i32.const 0))))
  (func (export "calm") (result i32) (i32.const 42)))
