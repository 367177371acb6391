;; SPDX-License-Identifier: Apache-2.0
;; A program that imports from a module that is none.
(module
  (import "library" "next" (func $next (result i64)))
  (func (export "_start"))
  (export "next" (func $next))
  (func (export "own") (result i64) (call $next)))
