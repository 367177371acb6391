;; SPDX-License-Identifier: Apache-2.0
;; Takes memory page by page and writes to each, so that the pages are really used.
;;   /grow   until the host refuses, then traps
;;   /count  until the host refuses, then answers how many pages it has
;;   /keep   and asks on forever after the refusal
(module
  ;;include include/base.wat
  (data (i32.const 1024) "/grow")
  (data (i32.const 1032) "/count")
  (data (i32.const 1040) "/keep")
  (func (export "init")
    (call $get (i32.const 1024) (i32.const 5) (i32.const 0))
    (call $get (i32.const 1032) (i32.const 6) (i32.const 1))
    (call $get (i32.const 1040) (i32.const 5) (i32.const 2)))

  ;; One page more, written to; 0 when refused.
  (func $page (result i32)
    (local $old i32)
    (local.set $old (memory.grow (i32.const 1)))
    (if (i32.eq (local.get $old) (i32.const -1))
      (then (return (i32.const 0))))
    (i32.store (i32.mul (local.get $old) (i32.const 65536)) (i32.const 1))
    (i32.const 1))

  (func (export "handle") (param $id i32) (param $request i32) (param $length i32) (result i64)
    (loop $more
      (br_if $more (call $page)))
    (if (i32.eqz (local.get $id))
      (then (unreachable)))
    (if (i32.eq (local.get $id) (i32.const 1))
      (then (return (call $answer (i32.const 2048)
        (i32.sub (call $decimal (i32.const 2048) (memory.size)) (i32.const 2048))))))
    (loop $forever
      (drop (call $page))
      (br $forever))
    (i64.const 0))
)
