;; SPDX-License-Identifier: Apache-2.0
;; Serves GET /said and GET /unsaid, both of which answer "ok", and describes /said and /gone.
(module
  ;;include include/base.wat
  (data (i32.const 1024) "/said/unsaid")
  (data (i32.const 1100) "\"ok\"")
  (data (i32.const 2048) "{\"paths\":{\"/said\":{\"get\":{\"responses\":{\"200\":{\"description\":\"ok\",\"content\":{\"application/json\":{\"schema\":{\"const\":\"ok\"}}}}}}},\"/gone\":{\"get\":{\"responses\":{\"204\":{\"description\":\"gone\"}}}}}}")
  (func (export "init")
    (call $get (i32.const 1024) (i32.const 5) (i32.const 0))
    (call $get (i32.const 1029) (i32.const 7) (i32.const 1)))
  (func (export "openapi") (result i32) (i32.const 2048))
  (func (export "openapi_len") (result i32) (i32.const 188))
  (func (export "handle") (param $id i32) (param $request i32) (param $length i32) (result i64)
    (call $answer (i32.const 1100) (i32.const 4)))
)
