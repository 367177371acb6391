;; SPDX-License-Identifier: Apache-2.0
;; Throws what nobody catches.
;; build: needs exceptions
;; bypassed: compile says no
(module
  (tag $t)
  (func (export "attack") (throw $t))
  (func (export "calm") (result i32) (i32.const 42)))
