;; SPDX-License-Identifier: Apache-2.0
;; Calls a function by a reference that no table checked.
;; build: needs typed function references
;; bypassed: translate says no
(module
  (type $t (func))
  (elem declare func $f)
  (func $f)
  (func (export "attack") (call_ref $t (ref.func $f)))
  (func (export "calm") (result i32) (i32.const 42)))
