;; SPDX-License-Identifier: Apache-2.0
;; GET /count answers how often this instance was called, counted in a global, in memory, and by its pages. Every request has
;; an instance of its own: [1,1,2], always.
(module
  ;;include include/base.wat
  (global $calls (mut i32) (i32.const 0))
  (data (i32.const 1024) "/count")
  (func (export "init")
    (call $get (i32.const 1024) (i32.const 6) (i32.const 0)))
  (func (export "handle") (param $id i32) (param $request i32) (param $length i32) (result i64)
    (local $at i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.store (i32.const 2048) (i32.add (i32.load (i32.const 2048)) (i32.const 1)))
    (drop (memory.grow (i32.const 1)))
    (local.set $at (i32.const 4096))
    (i32.store8 (local.get $at) (i32.const 91))
    (local.set $at (call $decimal (i32.add (local.get $at) (i32.const 1)) (global.get $calls)))
    (i32.store8 (local.get $at) (i32.const 44))
    (local.set $at (call $decimal (i32.add (local.get $at) (i32.const 1)) (i32.load (i32.const 2048))))
    (i32.store8 (local.get $at) (i32.const 44))
    (local.set $at (call $decimal (i32.add (local.get $at) (i32.const 1)) (memory.size)))
    (i32.store8 (local.get $at) (i32.const 93))
    (call $answer (i32.const 4096) (i32.sub (local.get $at) (i32.const 4095))))
)
