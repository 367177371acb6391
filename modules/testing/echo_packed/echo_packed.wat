;; SPDX-License-Identifier: Apache-2.0
;; Second way to return a response: address << 32 | length.
(module
  ;;include include/base.wat
  ;;include include/echo.wat
  (func (export "handle") (param $id i32) (param $request i32) (param $length i32) (result i64)
    (call $echo (local.get $id) (local.get $request) (local.get $length))
    (call $pack (global.get $text) (global.get $length)))
)
