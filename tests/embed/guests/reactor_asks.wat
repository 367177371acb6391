;; SPDX-License-Identifier: Apache-2.0
;; A WASI reactor whose initialiser uses what was granted: whether there is a directory; and leaves where its first argument says so.
(module
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (global $errno (mut i32) (i32.const -1))
  (func (export "_initialize")
    (global.set $errno (call $fd_prestat_get (i32.const 3) (i32.const 16)))
    (drop (call $args_sizes_get (i32.const 32) (i32.const 36)))
    (if (i32.load (i32.const 32)) (then (call $proc_exit (i32.const 7)))))
  (func (export "errno_at_start") (result i32) (global.get $errno)))
