;; SPDX-License-Identifier: Apache-2.0
;; A plugin that opens, below the first directory that it was given, what its input names. What WASI answers is how the call ends.
(module
  (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "input_load_u8" (func $input_load_u8 (param i64) (result i32)))
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (memory (export "memory") 1)
  ;; Reading follows links. 0: the descriptor; 8: a vector of one piece; 16: how many bytes; 1024: the name; 4096: the content

  (func $name (result i32) (local $at i32) (local $length i32)
    (local.set $length (i32.wrap_i64 (call $input_length)))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $at) (local.get $length)))
        (i32.store8 offset=1024 (local.get $at) (call $input_load_u8 (i64.extend_i32_u (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (local.get $length))

  (func (export "read") (result i32) (local $failed i32) (local $at i32) (local $bytes i32) (local $block i64)
    (local.set $failed (call $path_open (i32.const 3) (i32.const 1) (i32.const 1024) (call $name) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0)))
    (if (local.get $failed) (then (return (local.get $failed))))
    (i32.store (i32.const 8) (i32.const 4096))
    (i32.store (i32.const 12) (i32.const 4096))
    (local.set $failed (call $fd_read (i32.load (i32.const 0)) (i32.const 8) (i32.const 1) (i32.const 16)))
    (if (local.get $failed) (then (return (local.get $failed))))
    (local.set $bytes (i32.load (i32.const 16)))
    (local.set $block (call $alloc (i64.extend_i32_u (local.get $bytes))))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $at) (local.get $bytes)))
        (call $store_u8 (i64.add (local.get $block) (i64.extend_i32_u (local.get $at))) (i32.load8_u offset=4096 (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (call $output_set (local.get $block) (i64.extend_i32_u (local.get $bytes)))
    (i32.const 0))

  ;; Makes the file; its name is what it holds.
  (func (export "write") (result i32) (local $failed i32) (local $length i32)
    (local.set $length (call $name))
    (local.set $failed (call $path_open (i32.const 3) (i32.const 0) (i32.const 1024) (local.get $length) (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 0)))
    (if (local.get $failed) (then (return (local.get $failed))))
    (i32.store (i32.const 8) (i32.const 1024))
    (i32.store (i32.const 12) (local.get $length))
    (call $fd_write (i32.load (i32.const 0)) (i32.const 8) (i32.const 1) (i32.const 16))))
