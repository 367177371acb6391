;; SPDX-License-Identifier: Apache-2.0
;; A program and a reactor at once.
(module
  (func (export "_start"))
  (func (export "_initialize"))
  (func (export "next") (result i64) (i64.const 1))
  (func (export "handle_of") (param i64) (result i64) (local.get 0))
  (func (export "grow") (param i32) (result i32) (local.get 0))
  (func (export "stop")))
