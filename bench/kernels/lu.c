/* SPDX-License-Identifier: Apache-2.0 */
/* Dense linear algebra: LU decomposition with partial pivoting of a 320 x 320 matrix, then one solve. */
#include "kernel.h"

enum { N = 320 };
static double m[N][N], x[N];
static int order[N];

static void fill(uint64_t* seed) {
  for (int i = 0; i < N; ++i) {
    order[i] = i;
    x[i] = kernel_random(seed) / 4294967296.0;
    for (int j = 0; j < N; ++j) m[i][j] = kernel_random(seed) / 4294967296.0 - 0.5;
  }
}

static void decompose(void) {
  for (int k = 0; k < N; ++k) {
    int pivot = k;
    double largest = 0;
    for (int i = k; i < N; ++i) {
      const double size = m[i][k] < 0 ? -m[i][k] : m[i][k];
      if (size > largest) {
        largest = size;
        pivot = i;
      }
    }
    if (pivot != k) {
      for (int j = 0; j < N; ++j) {
        const double t = m[k][j];
        m[k][j] = m[pivot][j];
        m[pivot][j] = t;
      }
      const double t = x[k];
      x[k] = x[pivot];
      x[pivot] = t;
      const int o = order[k];
      order[k] = order[pivot];
      order[pivot] = o;
    }
    for (int i = k + 1; i < N; ++i) {
      const double factor = m[i][k] / m[k][k];
      m[i][k] = factor;
      for (int j = k + 1; j < N; ++j) m[i][j] -= factor * m[k][j];
    }
  }
}

static void solve(void) {
  for (int i = 1; i < N; ++i)
    for (int j = 0; j < i; ++j) x[i] -= m[i][j] * x[j];
  for (int i = N - 1; i >= 0; --i) {
    for (int j = i + 1; j < N; ++j) x[i] -= m[i][j] * x[j];
    x[i] /= m[i][i];
  }
}

uint64_t kernel_run(uint32_t rounds) {
  uint64_t seed = 2, sum = KERNEL_SUM_START;
  for (uint32_t round = 0; round < rounds; ++round) {
    fill(&seed);
    decompose();
    solve();
    for (int i = 0; i < N; ++i) sum = kernel_mix_double(kernel_mix(sum, (uint64_t)order[i]), x[i]);
  }
  return sum;
}
