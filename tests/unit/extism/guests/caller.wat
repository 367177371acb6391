;; SPDX-License-Identifier: Apache-2.0
;; Calls another module of the plugin.
(module
  (import "library" "next" (func $next (result i64)))
  (import "library" "handle_of" (func $handle_of (param i64) (result i64)))
  (import "library" "grow" (func $grow (param i32) (result i32)))
  (import "library" "stop" (func $stop))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (func (export "next") (result i32) (call $output_set (call $handle_of (call $next)) (i64.const 8)) (i32.const 0))
  (func (export "grow") (result i32) (drop (call $grow (i32.const 3))) (i32.const 0))
  (func (export "stop") (result i32) (call $stop) (i32.const 0)))
