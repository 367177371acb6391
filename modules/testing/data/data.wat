;; SPDX-License-Identifier: Apache-2.0
;; POST /ask hands its body to the data service and answers what came back. GET /raw tries plain SQL on a table whose rows belong to tenants, in a savepoint that it undoes. POST /left does the same as /ask
;; after a savepoint that it never ends.
(module
  (import "host" "data" (func $data (param i32 i32) (result i32)))
  ;;include include/base.wat
  (data (i32.const 1024) "/ask")                ;; 4
  (data (i32.const 1040) "/raw")                ;; 4
  (data (i32.const 1056) "/left")               ;; 5
  (data (i32.const 1072) "\"body\":")           ;; 7
  (data (i32.const 1088) "{\"op\":\"savepoint\"}")  ;; 18
  (data (i32.const 1120) "{\"op\":\"rollback\"}")  ;; 17
  (data (i32.const 1152) "SELECT count(*) AS total FROM data_note")  ;; 39
  (data (i32.const 1280) "[{\"entity\":\"data\",\"version\":1,\"operations\":[{\"type\":\"create_table\",\"table\":\"data_item\",\"columns\":[{\"name\":\"label\",\"sql_type\":\"TEXT\",\"nullable\":false,\"unique\":true},{\"name\":\"amount\",\"sql_type\":\"BIGINT\",\"nullable\":false,\"default\":0},{\"name\":\"version\",\"sql_type\":\"INTEGER\",\"nullable\":false,\"default\":1}]},{\"type\":\"create_table\",\"table\":\"data_note\",\"columns\":[{\"name\":\"tenant_id\",\"sql_type\":\"TEXT\",\"nullable\":false},{\"name\":\"text\",\"sql_type\":\"TEXT\"}]}]}]")  ;; 450

  (func (export "migrate") (result i32) (i32.const 1280))
  (func (export "migrate_len") (result i32) (i32.const 450))

  (func (export "init")
    (call $post (i32.const 1024) (i32.const 4) (i32.const 0))
    (call $get (i32.const 1040) (i32.const 4) (i32.const 1))
    (call $post (i32.const 1056) (i32.const 5) (i32.const 2)))

  ;; Is the word "body": there?
  (func $is_body (param $at i32) (result i32)
    (i32.and (i64.eq (i64.and (i64.load (local.get $at)) (i64.const 0x00ffffffffffffff)) (i64.and (i64.load (i32.const 1072)) (i64.const 0x00ffffffffffffff))) (i32.const 1)))

  ;; The host puts the body last: it stands from behind its key to before the closing brace.
  (func $ask (param $request i32) (param $length i32) (result i64)
    (local $at i32)
    (local.set $at (local.get $request))
    (block $found
      (loop $search
        (br_if $found (call $is_body (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $search)))
    (local.set $at (i32.add (local.get $at) (i32.const 7)))
    (call $answer_result
      (call $data (local.get $at) (i32.sub (i32.sub (i32.add (local.get $request) (local.get $length)) (local.get $at)) (i32.const 1)))))

  (func (export "handle") (param $id i32) (param $request i32) (param $length i32) (result i64)
    (local $answered i64)
    (if (i32.eq (local.get $id) (i32.const 1))
      (then
        (drop (call $data (i32.const 1088) (i32.const 18)))
        (local.set $answered (call $answer_result (call $query (i32.const 1152) (i32.const 39) (i32.const 0) (i32.const 0))))
        (drop (call $data (i32.const 1120) (i32.const 17)))
        (return (local.get $answered))))
    (if (i32.eq (local.get $id) (i32.const 2))
      (then (drop (call $data (i32.const 1088) (i32.const 18)))))
    (call $ask (local.get $request) (local.get $length)))
)
