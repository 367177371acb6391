;; SPDX-License-Identifier: Apache-2.0
;; Has as much memory after its start as its quota allows, or none.
(module
  (memory (export "memory") 0)
  (func $start (drop (memory.grow (i32.const 100))))
  (start $start)
  (func (export "pages") (result i32) (memory.size))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "read") (param i32) (result i32) (i32.load8_u (local.get 0))))
