;; SPDX-License-Identifier: Apache-2.0
;; Third way to return a response: the address of two u32.
(module
  ;;include include/base.wat
  ;;include include/echo.wat
  (func (export "handle") (param $id i32) (param $request i32) (param $length i32) (result i32)
    (local $pair i32)
    (call $echo (local.get $id) (local.get $request) (local.get $length))
    (local.set $pair (call $alloc (i32.const 8)))
    (i32.store (local.get $pair) (global.get $text))
    (i32.store offset=4 (local.get $pair) (global.get $length))
    (local.get $pair))
)
