/* SPDX-License-Identifier: Apache-2.0 */
/* Mandelbrot set: 256 x 256 points, at most 200 iterations each. */
#include "kernel.h"

enum { N = 256, LIMIT = 200 };

uint64_t kernel_run(uint32_t rounds) {
  uint64_t sum = KERNEL_SUM_START;
  for (uint32_t round = 0; round < rounds; ++round) {
    const double shift = round * 1e-4;
    for (int y = 0; y < N; ++y) {
      for (int x = 0; x < N; ++x) {
        const double cr = x * (3.0 / (int)N) - 2.25 + shift, ci = y * (2.5 / (int)N) - 1.25;
        double zr = 0, zi = 0, rr = 0, ii = 0;
        int n = 0;
        for (; n < LIMIT && rr + ii <= 4; ++n) {
          zi = 2 * zr * zi + ci;
          zr = rr - ii + cr;
          rr = zr * zr;
          ii = zi * zi;
        }
        sum = kernel_mix(sum, (uint64_t)n);
      }
    }
  }
  return sum;
}
