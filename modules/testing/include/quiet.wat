;; SPDX-License-Identifier: Apache-2.0
  ;; A guest with nothing special inside: GET /ok answers "ok".
  (data (i32.const 1024) "/ok")
  (data (i32.const 1032) "\"ok\"")
  (func (export "init")
    (call $get (i32.const 1024) (i32.const 3) (i32.const 0)))
  (func (export "handle") (param i32 i32 i32) (result i64)
    (call $answer (i32.const 1032) (i32.const 4)))
