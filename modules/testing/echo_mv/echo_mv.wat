;; SPDX-License-Identifier: Apache-2.0
;; First way to return a response: two values.
(module
  ;;include include/base.wat
  ;;include include/echo.wat
  (func (export "handle") (param $id i32) (param $request i32) (param $length i32) (result i32 i32)
    (call $echo (local.get $id) (local.get $request) (local.get $length))
    (global.get $text)
    (global.get $length))
)
