/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGOT_SIMD128_H
#define INGOT_SIMD128_H
/*
 * Stands before simde's header of the same name and corrects what simde 0.7.4 gets wrong on x86, found by the specification's own scripts:
 *
 *   i16x8.q15mulr_sat_s   saturates 0x7fff, a result like any other, to 0x8000, and leaves the one overflow, -1 * -1, as it is
 *   f32x4, f64x2 min/max  give the second operand's zero for zeros of different sign; wasm orders -0 below +0
 *
 * Only x86-64-v2 and later are compiled for, so SSSE3 is there. The corrected functions take the place of simde's for generated code.
 */
#include_next <simde/wasm/simd128.h>

#include <tmmintrin.h>

/* Rounded products of Q15 numbers. Only -1 * -1 overflows: it alone gives 0x8000, which becomes 0x7fff by flipping every bit. */
static inline simde_v128_t ingot_i16x8_q15mulr_sat(simde_v128_t a, simde_v128_t b) {
  __m128i product = _mm_mulhrs_epi16((__m128i)a, (__m128i)b);
  return (simde_v128_t)_mm_xor_si128(product, _mm_cmpeq_epi16(product, _mm_set1_epi16(INT16_MIN)));
}

/*
 * The machine's minimum and maximum return the second operand when both are zeros and when either is a NaN, so both orders are asked:
 * where the answers agree, that is the result. For zeros of different sign the minimum is the OR of the answers (a sign bit wins), the
 * maximum their AND. Lanes with a NaN become the canonical one.
 */
static inline simde_v128_t ingot_f32x4_min(simde_v128_t a_bits, simde_v128_t b_bits) {
  __m128 a = (__m128)a_bits, b = (__m128)b_bits;
  __m128 least = _mm_or_ps(_mm_min_ps(a, b), _mm_min_ps(b, a));
  __m128 ordered = _mm_cmpord_ps(a, b);
  return (simde_v128_t)_mm_or_ps(_mm_and_ps(ordered, least), _mm_andnot_ps(ordered, (__m128)_mm_set1_epi32(0x7fc00000)));
}

static inline simde_v128_t ingot_f32x4_max(simde_v128_t a_bits, simde_v128_t b_bits) {
  __m128 a = (__m128)a_bits, b = (__m128)b_bits;
  __m128 most = _mm_and_ps(_mm_max_ps(a, b), _mm_max_ps(b, a));
  __m128 ordered = _mm_cmpord_ps(a, b);
  return (simde_v128_t)_mm_or_ps(_mm_and_ps(ordered, most), _mm_andnot_ps(ordered, (__m128)_mm_set1_epi32(0x7fc00000)));
}

static inline simde_v128_t ingot_f64x2_min(simde_v128_t a_bits, simde_v128_t b_bits) {
  __m128d a = (__m128d)a_bits, b = (__m128d)b_bits;
  __m128d least = _mm_or_pd(_mm_min_pd(a, b), _mm_min_pd(b, a));
  __m128d ordered = _mm_cmpord_pd(a, b);
  return (simde_v128_t)_mm_or_pd(_mm_and_pd(ordered, least), _mm_andnot_pd(ordered, (__m128d)_mm_set1_epi64x(0x7ff8000000000000)));
}

static inline simde_v128_t ingot_f64x2_max(simde_v128_t a_bits, simde_v128_t b_bits) {
  __m128d a = (__m128d)a_bits, b = (__m128d)b_bits;
  __m128d most = _mm_and_pd(_mm_max_pd(a, b), _mm_max_pd(b, a));
  __m128d ordered = _mm_cmpord_pd(a, b);
  return (simde_v128_t)_mm_or_pd(_mm_and_pd(ordered, most), _mm_andnot_pd(ordered, (__m128d)_mm_set1_epi64x(0x7ff8000000000000)));
}

#define simde_wasm_i16x8_q15mulr_sat ingot_i16x8_q15mulr_sat
#define simde_wasm_f32x4_min ingot_f32x4_min
#define simde_wasm_f32x4_max ingot_f32x4_max
#define simde_wasm_f64x2_min ingot_f64x2_min
#define simde_wasm_f64x2_max ingot_f64x2_max

#endif /* INGOT_SIMD128_H */
