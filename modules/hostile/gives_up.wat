;; SPDX-License-Identifier: Apache-2.0
;; Executes unreachable.
;; expect: unreachable
(module
  (func (export "attack") (unreachable))
  (func (export "calm") (result i32) (i32.const 42)))
