;; SPDX-License-Identifier: Apache-2.0
  ;; The echo of the four echo_ guests: $echo makes {"body":{"handler":ID,"request":REQUEST}} and leaves it in two globals.
  ;; Two routes with ids far apart, so that a host that mixes up id and index is seen.
  (data (i32.const 1024) "/echo")
  (data (i32.const 1040) "/echo/{word}")
  (data (i32.const 1056) "{\"body\":{\"handler\":")  ;; 19
  (data (i32.const 1088) ",\"request\":")              ;; 11
  (data (i32.const 1104) "}}")
  (global $text (mut i32) (i32.const 0))
  (global $length (mut i32) (i32.const 0))

  (func (export "init")
    (call $get (i32.const 1024) (i32.const 5) (i32.const 7))
    (call $post (i32.const 1040) (i32.const 12) (i32.const 4000000000)))

  (func $echo (param $id i32) (param $request i32) (param $request_length i32)
    (local $at i32)
    (global.set $text (call $alloc (i32.add (local.get $request_length) (i32.const 64))))
    (local.set $at (call $append (global.get $text) (i32.const 1056) (i32.const 19)))
    (local.set $at (call $decimal (local.get $at) (local.get $id)))
    (local.set $at (call $append (local.get $at) (i32.const 1088) (i32.const 11)))
    (local.set $at (call $append (local.get $at) (local.get $request) (local.get $request_length)))
    (local.set $at (call $append (local.get $at) (i32.const 1104) (i32.const 2)))
    (global.set $length (i32.sub (local.get $at) (global.get $text))))
