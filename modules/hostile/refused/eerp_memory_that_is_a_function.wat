;; SPDX-License-Identifier: Apache-2.0
;; Exports a function under the name of the memory.
;; contract: eerp
;; build: export memory is not a memory
;; bypassed: host says no
(module
  (import "host" "log" (func $log (param i32 i32)))
  (func (export "memory"))
  (func (export "init") (call $log (i32.const 0) (i32.const 100))))
