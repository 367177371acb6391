;; SPDX-License-Identifier: Apache-2.0
;; Nests five thousand blocks, and traps in the innermost.
;; build: blocks nest deeper than 1000
;; bypassed: unreachable
(module
  (func (export "attack") (local i32)
    {{5000: (block (br_if 0 (local.get 0))}} (unreachable) {{5000: )}})
  (func (export "calm") (result i32) (i32.const 42)))
