;; SPDX-License-Identifier: Apache-2.0
;; Imports from a module that imports from it.
(module
  (import "circle" "next" (func $next (result i32)))
  (export "next" (func $next)))
