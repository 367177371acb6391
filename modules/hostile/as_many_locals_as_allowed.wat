;; SPDX-License-Identifier: Apache-2.0
;; Recurses with as many locals as the build accepts: where all stand in memory, eight hundred kilobytes of them.
;; expect: stack_exhausted
(module
  (func $f (param v128) (local {{50000: v128}})
    (local.set 49999 (local.get 0))
    (call $f (i64x2.add (local.get 0) (local.get 0)))
    (call $f (local.get 49999)))
  (func (export "attack") (call $f (v128.const i64x2 1 2)))
  (func (export "calm") (result i32) (i32.const 42)))
