;; SPDX-License-Identifier: Apache-2.0
;; Asks the contract's host for what is no part of the contract.
;; contract: eerp
;; build: unknown import host.shutdown
;; bypassed: host says no
(module
  (import "host" "shutdown" (func $shutdown))
  (memory (export "memory") 1)
  (func (export "init") (call $shutdown)))
