;; SPDX-License-Identifier: Apache-2.0
;; GET /rows/{number} answers one row, found by its number: what "pgbench -S" does, through a guest.
(module
  (import "host" "register_route" (func $register_route (param i32 i32 i32 i32 i32) (result i32)))
  (import "host" "query" (func $query (param i32 i32 i32 i32) (result i32)))
  (import "host" "result" (func $result (param i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "GET/rows/{number}")  ;; 3, 14
  (data (i32.const 32) "\"number\":\"")      ;; 10
  (data (i32.const 64) "SELECT balance FROM account_row WHERE number = $1")  ;; 49
  (data (i32.const 128) "[{\"entity\":\"row\",\"version\":1,\"operations\":[{\"type\":\"create_table\",\"table\":\"account_row\",\"columns\":[{\"name\":\"number\",\"sql_type\":\"BIGINT\",\"nullable\":false,\"unique\":true},{\"name\":\"balance\",\"sql_type\":\"BIGINT\",\"nullable\":false},{\"name\":\"filler\",\"sql_type\":\"CHAR(84)\"}]}]}]")  ;; 268
  (data (i32.const 1024) "{\"body\":")  ;; 8
  (func (export "migrate") (result i32) (i32.const 128))
  (func (export "migrate_len") (result i32) (i32.const 268))
  (func (export "init") (drop (call $register_route (i32.const 0) (i32.const 3) (i32.const 3) (i32.const 14) (i32.const 0))))
  (func (export "alloc") (param $size i32) (result i32) (i32.const 65536))

  ;; Where the number begins: behind the key of the request's "params".
  (func $number (param $at i32) (result i32)
    (loop $search
      (if (i32.and (i64.eq (i64.load (local.get $at)) (i64.load (i32.const 32))) (i32.eq (i32.load16_u offset=8 (local.get $at)) (i32.load16_u (i32.const 40))))
        (then (return (i32.add (local.get $at) (i32.const 10)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $search))
    (unreachable))

  (func (export "handle") (param $id i32) (param $request i32) (param $length i32) (result i64)
    (local $from i32) (local $to i32) (local $digit i32)
    ;; ["7"] at 2048
    (local.set $from (call $number (local.get $request)))
    (i32.store16 (i32.const 2048) (i32.const 0x225b))
    (local.set $to (i32.const 2050))
    (loop $copy
      (local.set $digit (i32.load8_u (local.get $from)))
      (i32.store8 (local.get $to) (local.get $digit))
      (local.set $from (i32.add (local.get $from) (i32.const 1)))
      (local.set $to (i32.add (local.get $to) (i32.const 1)))
      (br_if $copy (i32.ne (local.get $digit) (i32.const 34))))
    (i32.store8 (local.get $to) (i32.const 0x5d))
    (local.set $length (call $query (i32.const 64) (i32.const 49) (i32.const 2048) (i32.sub (local.get $to) (i32.const 2047))))
    (if (i32.lt_s (local.get $length) (i32.const 0)) (then (unreachable)))
    (drop (call $result (i32.const 1032) (local.get $length)))
    (i32.store8 (i32.add (i32.const 1032) (local.get $length)) (i32.const 125))
    (i64.or (i64.shl (i64.const 1024) (i64.const 32)) (i64.extend_i32_u (i32.add (local.get $length) (i32.const 9)))))
)
