;; SPDX-License-Identifier: Apache-2.0
;; Writes a local far behind its last one.
;; build: not a valid module
;; bypassed: translate says no
(module
  (func (export "attack") (local.set 100000 (i64.const 0x41414141)))
  (func (export "calm") (result i32) (i32.const 42)))
