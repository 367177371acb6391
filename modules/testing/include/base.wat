;; SPDX-License-Identifier: Apache-2.0
  ;; Shared by the test guests: the imports they use, one memory, a bump allocator, GET and POST routes, fixed answers.
  ;; Addresses below 1024 belong to this file; a guest puts its texts from 1024 on.
  (import "host" "register_route" (func $register_route (param i32 i32 i32 i32 i32) (result i32)))
  (import "host" "log" (func $log (param i32 i32)))
  (import "host" "query" (func $query (param i32 i32 i32 i32) (result i32)))
  (import "host" "execute" (func $execute (param i32 i32 i32 i32) (result i32)))
  (import "host" "result" (func $result (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (global $heap (mut i32) (i32.const 32768))
  (data (i32.const 0) "GETPOST")
  (data (i32.const 16) "{\"body\":")

  ;; Memory for the request and for answers; never given back, since an instance serves one request. 0 when the host refuses.
  (func $alloc (export "alloc") (param $size i32) (result i32)
    (local $start i32)
    (local $end i32)
    (local.set $start (global.get $heap))
    (local.set $end (i32.and (i32.add (i32.add (local.get $start) (local.get $size)) (i32.const 15)) (i32.const -16)))
    (if (i32.gt_u (local.get $end) (i32.mul (memory.size) (i32.const 65536)))
      (then
        (if (i32.eq (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1))) (i32.const -1))
          (then (return (i32.const 0))))))
    (global.set $heap (local.get $end))
    (local.get $start))

  (func $get (param $path i32) (param $length i32) (param $id i32)
    (drop (call $register_route (i32.const 0) (i32.const 3) (local.get $path) (local.get $length) (local.get $id))))

  (func $post (param $path i32) (param $length i32) (param $id i32)
    (drop (call $register_route (i32.const 3) (i32.const 4) (local.get $path) (local.get $length) (local.get $id))))

  ;; An address and a length as `handle` returns them.
  (func $pack (param $address i32) (param $length i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $address)) (i64.const 32)) (i64.extend_i32_u (local.get $length))))

  ;; {"body":TEXT} of a JSON text anywhere in memory.
  (func $answer (param $text i32) (param $length i32) (result i64)
    (local $at i32)
    (local.set $at (call $alloc (i32.add (local.get $length) (i32.const 9))))
    (memory.copy (local.get $at) (i32.const 16) (i32.const 8))
    (memory.copy (i32.add (local.get $at) (i32.const 8)) (local.get $text) (local.get $length))
    (i32.store8 (i32.add (local.get $at) (i32.add (local.get $length) (i32.const 8))) (i32.const 125))
    (call $pack (local.get $at) (i32.add (local.get $length) (i32.const 9))))

  ;; {"body":RESULT} of the last statement, which returned $outcome; its error text, too, is answered with status 200.
  (func $answer_result (param $outcome i32) (result i64)
    (local $length i32)
    (local $at i32)
    (local.set $length
      (select (local.get $outcome) (i32.sub (i32.const 0) (local.get $outcome))
        (i32.ge_s (local.get $outcome) (i32.const 0))))
    (local.set $at (call $alloc (local.get $length)))
    (call $answer (local.get $at) (call $result (local.get $at) (local.get $length))))

  ;; Writes a number in decimal digits at $at and returns where they end.
  (func $decimal (param $at i32) (param $number i32) (result i32)
    (if (i32.ge_u (local.get $number) (i32.const 10))
      (then (local.set $at (call $decimal (local.get $at) (i32.div_u (local.get $number) (i32.const 10))))))
    (i32.store8 (local.get $at) (i32.add (i32.rem_u (local.get $number) (i32.const 10)) (i32.const 48)))
    (i32.add (local.get $at) (i32.const 1)))

  ;; Appends $length bytes of $from at $at and returns where they end.
  (func $append (param $at i32) (param $from i32) (param $length i32) (result i32)
    (memory.copy (local.get $at) (local.get $from) (local.get $length))
    (i32.add (local.get $at) (local.get $length)))
