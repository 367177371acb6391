;; SPDX-License-Identifier: Apache-2.0
;; Its allocator says 0xFFFFFFF0: writing the request there would leave memory, and adding a length overflows.
(module
  (import "host" "register_route" (func $register_route (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "GET/ok")
  (func (export "init")
    (drop (call $register_route (i32.const 0) (i32.const 3) (i32.const 3) (i32.const 3) (i32.const 0))))
  (func (export "alloc") (param i32) (result i32) (i32.const -16))
  (func (export "handle") (param i32 i32 i32) (result i64) (i64.const 0))
)
