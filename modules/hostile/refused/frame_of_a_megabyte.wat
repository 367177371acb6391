;; SPDX-License-Identifier: Apache-2.0
;; Its first frame is larger than the whole stack and its guard.
;; build: a function has 70000 locals, more than the 50000 that are accepted
;; bypassed: translate says no
(module
  (func $f (param v128) (local {{70000: v128}})
    (local.set 69999 (local.get 0))
    (call $f (local.get 69999)))
  (func (export "attack") (call $f (v128.const i64x2 1 2)))
  (func (export "calm") (result i32) (i32.const 42)))
