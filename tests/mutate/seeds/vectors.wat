;; SPDX-License-Identifier: Apache-2.0
;; Vector instructions of every shape.
(module
  (memory (export "memory") 1 2)
  (func $mix (export "mix") (param v128 v128) (result v128) (local v128)
    (local.set 2 (i8x16.shuffle 0 17 2 19 4 21 6 23 8 25 10 27 12 29 14 31 (local.get 0) (local.get 1)))
    (local.set 2 (i8x16.swizzle (local.get 2) (i8x16.add_sat_u (local.get 0) (v128.const i32x4 1 2 3 4))))
    (local.set 2 (i16x8.mul (i16x8.q15mulr_sat_s (local.get 2) (local.get 1)) (i16x8.abs (local.get 0))))
    (local.set 2 (v128.bitselect (local.get 0) (local.get 1) (i32x4.gt_s (local.get 2) (i32x4.dot_i16x8_s (local.get 0) (local.get 2)))))
    (f32x4.pmin (f32x4.div (local.get 0) (f32x4.sqrt (local.get 2))) (f64x2.promote_low_f32x4 (local.get 1))))
  (func (export "lanes") (param i32 f64) (result i64) (local v128)
    (local.set 2 (f64x2.replace_lane 1 (i32x4.splat (local.get 0)) (local.get 1)))
    (v128.store offset=16 align=1 (local.get 0) (call $mix (local.get 2) (v128.load8x8_u (local.get 0))))
    (v128.store16_lane 3 (local.get 0) (v128.load32_lane 2 (local.get 0) (local.get 2)))
    (local.set 2 (i64x2.extmul_low_i32x4_u (local.get 2) (v128.load64_splat (i32.const 8))))
    (local.set 2 (i8x16.narrow_i16x8_s (i16x8.extadd_pairwise_i8x16_u (local.get 2)) (v128.load32_zero (i32.const 4))))
    (local.set 2 (i32x4.trunc_sat_f64x2_u_zero (f64x2.nearest (local.get 2))))
    (i64.add (i64x2.extract_lane 0 (i64x2.shl (local.get 2) (i16x8.bitmask (local.get 2))))
             (i64.extend_i32_u (i32.add (i8x16.all_true (local.get 2)) (v128.any_true (v128.not (local.get 2))))))))
