;; SPDX-License-Identifier: Apache-2.0
;; Has a second memory, for which there is no reservation.
;; build: needs more than one memory
;; bypassed: limit in start
(module
  (memory $a 1) (memory $b 1)
  (func (export "attack") (i32.store $b (i32.const 65536) (i32.const 1)))
  (func (export "calm") (result i32) (i32.const 42)))
