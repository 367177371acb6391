;; SPDX-License-Identifier: Apache-2.0
;; An index that another load gave, so that no compiler knows it.
;; expect: out_of_bounds
(module
  (memory 1 4)
  (data (i32.const 0) "\ff\ff\ff\ff")
  (func (export "attack") (drop (i32.load (i32.load (i32.const 0)))))
  (func (export "calm") (result i32) (i32.const 42)))
