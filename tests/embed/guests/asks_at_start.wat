;; SPDX-License-Identifier: Apache-2.0
;; Calls the host while it starts: what it was told must be asked for again by each caller's instance.
(module
  (import "env" "twice" (func $twice (param i32) (result i32)))
  (global $told (mut i32) (i32.const 0))
  (func $start (global.set $told (call $twice (i32.const 21))))
  (start $start)
  (func (export "told") (result i32) (global.get $told)))
