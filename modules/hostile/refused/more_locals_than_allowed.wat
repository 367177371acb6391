;; SPDX-License-Identifier: Apache-2.0
;; Recurses with sixty thousand locals.
;; build: a function has 60000 locals, more than the 50000 that are accepted
;; bypassed: translate says no
(module
  (func $f (param i64) (local {{60000: i64}})
    (local.set 59999 (local.get 0))
    (call $f (i64.add (local.get 0) (i64.const 1)))
    (call $f (local.get 59999)))
  (func (export "attack") (call $f (i64.const 1)))
  (func (export "calm") (result i32) (i32.const 42)))
