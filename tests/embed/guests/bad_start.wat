;; SPDX-License-Identifier: Apache-2.0
;; Traps while it starts.
(module
  (func $start unreachable)
  (start $start)
  (func (export "version") (result i32) (i32.const 3)))
