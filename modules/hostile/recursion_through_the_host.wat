;; SPDX-License-Identifier: Apache-2.0
;; Has the host call it back, which calls the host, which calls it back.
;; expect: stack_exhausted
(module
  (import "host" "again" (func $again))
  (func (export "attack") (call $again))
  (func (export "calm") (result i32) (i32.const 42)))
