;; SPDX-License-Identifier: Apache-2.0
;; One route per kind of trap, and three that show what becomes of the transaction.
(module
  ;;include include/base.wat
  (type $nothing (func))
  (type $number (func (result i32)))
  (table 2 funcref)
  (elem (i32.const 0) $five)
  (data (i32.const 1024) "/unreachable")        ;; 12
  (data (i32.const 1040) "/divide")             ;; 7
  (data (i32.const 1056) "/bounds")             ;; 7
  (data (i32.const 1072) "/recursion")          ;; 10
  (data (i32.const 1088) "/convert")            ;; 8
  (data (i32.const 1104) "/null")               ;; 5: an empty table slot
  (data (i32.const 1120) "/mismatch")           ;; 9: a function of another type
  (data (i32.const 1136) "/host")               ;; 5: an address outside memory, given to the host
  (data (i32.const 1152) "/ok")                 ;; 3
  (data (i32.const 1168) "/notes")              ;; 6: GET counts, POST writes and answers
  (data (i32.const 1184) "/notes/trap")         ;; 11: POST writes, then traps
  (data (i32.const 1200) "/notes/refuse")       ;; 13: POST writes, then answers 400
  (data (i32.const 1216) "\"ok\"")              ;; 4
  (data (i32.const 1280) "INSERT INTO trap_note (body) VALUES ('written')")       ;; 47
  (data (i32.const 1344) "SELECT count(*) AS total FROM trap_note")                ;; 39
  (data (i32.const 1408) "{\"status\":400,\"body\":{\"code\":\"REFUSED\",\"message\":\"on purpose\"}}")  ;; 63
  (data (i32.const 1536) "[{\"entity\":\"trap_note\",\"version\":1,\"operations\":[{\"type\":\"create_table\",\"table\":\"trap_note\",\"columns\":[{\"name\":\"body\",\"sql_type\":\"TEXT\",\"nullable\":false}]}]}]")  ;; 158

  (func (export "migrate") (result i32) (i32.const 1536))
  (func (export "migrate_len") (result i32) (i32.const 158))

  (func (export "init")
    (call $get (i32.const 1024) (i32.const 12) (i32.const 0))
    (call $get (i32.const 1040) (i32.const 7) (i32.const 1))
    (call $get (i32.const 1056) (i32.const 7) (i32.const 2))
    (call $get (i32.const 1072) (i32.const 10) (i32.const 3))
    (call $get (i32.const 1088) (i32.const 8) (i32.const 4))
    (call $get (i32.const 1104) (i32.const 5) (i32.const 5))
    (call $get (i32.const 1120) (i32.const 9) (i32.const 6))
    (call $get (i32.const 1136) (i32.const 5) (i32.const 7))
    (call $get (i32.const 1152) (i32.const 3) (i32.const 8))
    (call $get (i32.const 1168) (i32.const 6) (i32.const 9))
    (call $post (i32.const 1168) (i32.const 6) (i32.const 10))
    (call $post (i32.const 1184) (i32.const 11) (i32.const 11))
    (call $post (i32.const 1200) (i32.const 13) (i32.const 12)))

  (func $five (type $number) (i32.const 5))

  ;; Not a tail call: every level needs its frame.
  (func $deeper (param $depth i32) (result i32)
    (i32.add (call $deeper (i32.add (local.get $depth) (i32.const 1))) (local.get $depth)))

  (func $write (result i32)
    (call $execute (i32.const 1280) (i32.const 47) (i32.const 0) (i32.const 0)))

  (func (export "handle") (param $id i32) (param $request i32) (param $length i32) (result i64)
    (block $refuse
      (block $write_and_trap
        (block $write
          (block $count
            (block $ok
              (block $host
                (block $mismatch
                  (block $null
                    (block $convert
                      (block $recursion
                        (block $bounds
                          (block $divide
                            (block $unreachable
                              (br_table $unreachable $divide $bounds $recursion $convert $null $mismatch $host $ok
                                $count $write $write_and_trap $refuse (local.get $id)))
                            unreachable)
                          ;; The divisor is known at run time only: the id is 1 here.
                          (drop (i32.div_u (i32.const 1) (i32.sub (local.get $id) (i32.const 1)))))
                        (drop (i32.load offset=4 (i32.const -4))))
                      (drop (call $deeper (i32.const 0))))
                    (drop (i32.trunc_f64_s (f64.div (f64.const 0) (f64.const 0)))))
                  (call_indirect (type $nothing) (i32.const 1)))
                (call_indirect (type $nothing) (i32.const 0)))
              (call $log (i32.const -16) (i32.const 64)))
            (return (call $answer (i32.const 1216) (i32.const 4))))
          (return (call $answer_result (call $query (i32.const 1344) (i32.const 39) (i32.const 0) (i32.const 0)))))
        (return (call $answer_result (call $write))))
      (drop (call $write))
      unreachable)
    (drop (call $write))
    (call $pack (i32.const 1408) (i32.const 63)))
)
