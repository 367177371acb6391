;; SPDX-License-Identifier: Apache-2.0
;; What the specification's scripts import from "spectest", as the reference interpreter's documentation lists it. The print functions are the
;; host's (machine.cpp).
(module
  (global (export "global_i32") i32 (i32.const 666))
  (global (export "global_i64") i64 (i64.const 666))
  (global (export "global_f32") f32 (f32.const 666.6))
  (global (export "global_f64") f64 (f64.const 666.6))
  (table (export "table") 10 20 funcref)
  (memory (export "memory") 1 2))
