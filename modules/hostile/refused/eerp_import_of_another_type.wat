;; SPDX-License-Identifier: Apache-2.0
;; Gives a function of the host's contract fewer arguments than it reads.
;; contract: eerp
;; build: import host.log has the wrong type
;; bypassed: host says no
(module
  (import "host" "log" (func $log))
  (memory (export "memory") 1)
  (func (export "init") (call $log)))
