/* SPDX-License-Identifier: Apache-2.0 */
/* Dense linear algebra: C = A * B + C for 256 x 256 doubles, the middle loop over the shared index. */
#include "kernel.h"

enum { N = 256 };
static double a[N][N], b[N][N], c[N][N];

uint64_t kernel_run(uint32_t rounds) {
  uint64_t seed = 1;
  for (int i = 0; i < N; ++i)
    for (int j = 0; j < N; ++j) {
      a[i][j] = kernel_random(&seed) / 4294967296.0 - 0.5;
      b[i][j] = kernel_random(&seed) / 4294967296.0 - 0.5;
      c[i][j] = 0;
    }
  for (uint32_t round = 0; round < rounds; ++round)
    for (int i = 0; i < N; ++i)
      for (int k = 0; k < N; ++k) {
        const double factor = a[i][k];
        for (int j = 0; j < N; ++j) c[i][j] += factor * b[k][j];
      }
  uint64_t sum = KERNEL_SUM_START;
  for (int i = 0; i < N; ++i)
    for (int j = 0; j < N; ++j) sum = kernel_mix_double(sum, c[i][j]);
  return sum;
}
