/* SPDX-License-Identifier: Apache-2.0 */
/* Stencil: Jacobi sweeps with five points over a 512 x 512 grid of doubles, from one grid to the other and back. */
#include "kernel.h"

enum { N = 512 };
static double grid[2][N][N];

uint64_t kernel_run(uint32_t rounds) {
  uint64_t seed = 3;
  for (int i = 0; i < N; ++i)
    for (int j = 0; j < N; ++j) grid[0][i][j] = grid[1][i][j] = kernel_random(&seed) / 4294967296.0;
  for (uint32_t round = 0; round < rounds; ++round) {
    double(*from)[N] = grid[round & 1];
    double(*to)[N] = grid[~round & 1];
    for (int i = 1; i < N - 1; ++i)
      for (int j = 1; j < N - 1; ++j) to[i][j] = 0.2 * (from[i][j] + from[i][j - 1] + from[i][j + 1] + from[i - 1][j] + from[i + 1][j]);
  }
  uint64_t sum = KERNEL_SUM_START;
  for (int i = 0; i < N; ++i)
    for (int j = 0; j < N; ++j) sum = kernel_mix_double(sum, grid[rounds & 1][i][j]);
  return sum;
}
