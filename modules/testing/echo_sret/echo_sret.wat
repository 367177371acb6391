;; SPDX-License-Identifier: Apache-2.0
;; Fourth way to return a response: two u32 where the host says.
(module
  ;;include include/base.wat
  ;;include include/echo.wat
  (func (export "handle") (param $out i32) (param $id i32) (param $request i32) (param $length i32)
    (call $echo (local.get $id) (local.get $request) (local.get $length))
    (i32.store (local.get $out) (global.get $text))
    (i32.store offset=4 (local.get $out) (global.get $length)))
)
