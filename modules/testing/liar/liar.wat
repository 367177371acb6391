;; SPDX-License-Identifier: Apache-2.0
;; Answers that no module may give; each must become an error of this request alone.
(module
  ;;include include/base.wat
  (data (i32.const 1024) "/address")  ;; 8: outside memory
  (data (i32.const 1040) "/length")   ;; 7: leaves memory, and the sum of address and length overflows 32 bits
  (data (i32.const 1056) "/empty")    ;; 6: nothing at all
  (data (i32.const 1072) "/text")     ;; 5: no JSON
  (data (i32.const 1088) "/array")    ;; 6: JSON, but no object
  (data (i32.const 1104) "/status")   ;; 7: a status that HTTP does not have
  (data (i32.const 1120) "/header")   ;; 7: a header that would split the response
  (data (i32.const 1136) "/bytes")    ;; 6: not UTF-8
  (data (i32.const 1152) "hello")                                                             ;; 5
  (data (i32.const 1168) "[1,2]")                                                             ;; 5
  (data (i32.const 1184) "{\"status\":9999,\"body\":null}")                                   ;; 27
  (data (i32.const 1216) "{\"headers\":{\"x-a\":\"b\\r\\nset-cookie: c=d\"},\"body\":null}")  ;; 54
  (data (i32.const 1280) "{\"body\":\"\ff\fe\"}")                                            ;; 13
  (func (export "init")
    (call $get (i32.const 1024) (i32.const 8) (i32.const 0))
    (call $get (i32.const 1040) (i32.const 7) (i32.const 1))
    (call $get (i32.const 1056) (i32.const 6) (i32.const 2))
    (call $get (i32.const 1072) (i32.const 5) (i32.const 3))
    (call $get (i32.const 1088) (i32.const 6) (i32.const 4))
    (call $get (i32.const 1104) (i32.const 7) (i32.const 5))
    (call $get (i32.const 1120) (i32.const 7) (i32.const 6))
    (call $get (i32.const 1136) (i32.const 6) (i32.const 7)))
  (func (export "handle") (param $id i32) (param $request i32) (param $length i32) (result i64)
    (block $bytes
      (block $header
        (block $status
          (block $array
            (block $text
              (block $empty
                (block $length_
                  (block $address
                    (br_table $address $length_ $empty $text $array $status $header $bytes (local.get $id)))
                  (return (call $pack (i32.const -4096) (i32.const 16))))
                (return (call $pack (i32.const 1024) (i32.const -1))))
              (return (i64.const 0)))
            (return (call $pack (i32.const 1152) (i32.const 5))))
          (return (call $pack (i32.const 1168) (i32.const 5))))
        (return (call $pack (i32.const 1184) (i32.const 27))))
      (return (call $pack (i32.const 1216) (i32.const 54))))
    (call $pack (i32.const 1280) (i32.const 13)))
)
