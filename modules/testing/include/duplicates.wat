;; SPDX-License-Identifier: Apache-2.0
  ;; POST /codes stores the same code every time; GET /codes counts.
  (data (i32.const 1024) "/codes")
  (data (i32.const 1040) "INSERT INTO duplicate (code) VALUES ('same')")  ;; 44
  (data (i32.const 1104) "SELECT count(*) AS total FROM duplicate")  ;; 39
  (func (export "init")
    (call $get (i32.const 1024) (i32.const 6) (i32.const 0))
    (call $post (i32.const 1024) (i32.const 6) (i32.const 1)))
  (func (export "handle") (param $id i32) (param $request i32) (param $length i32) (result i64)
    (if (local.get $id)
      (then (return (call $answer_result
        (call $execute (i32.const 1040) (i32.const 44) (i32.const 0) (i32.const 0))))))
    (call $answer_result (call $query (i32.const 1104) (i32.const 39) (i32.const 0) (i32.const 0))))
