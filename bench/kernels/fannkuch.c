/* SPDX-License-Identifier: Apache-2.0 */
/* Fannkuch: for every permutation of 9 numbers, how often the leading ones must be turned over until 1 is in front. */
#include "kernel.h"

enum { N = 9 };

static uint64_t fannkuch(uint64_t sum) {
  int permutation[N], work[N], count[N];
  int most = 0, checksum = 0, left = N, number = 0;
  for (int i = 0; i < N; ++i) permutation[i] = i;
  for (;;) {
    for (; left != 1; --left) count[left - 1] = left;
    for (int i = 0; i < N; ++i) work[i] = permutation[i];
    int flips = 0;
    for (int first = work[0]; first != 0; first = work[0]) {
      for (int low = 0, high = first; low < high; ++low, --high) {
        const int t = work[low];
        work[low] = work[high];
        work[high] = t;
      }
      ++flips;
    }
    if (flips > most) most = flips;
    checksum += number++ & 1 ? -flips : flips;
    for (;; ++left) {
      if (left == N) return kernel_mix(kernel_mix(sum, (uint64_t)most), (uint64_t)(int64_t)checksum);
      const int first = permutation[0];
      for (int i = 0; i < left; ++i) permutation[i] = permutation[i + 1];
      permutation[left] = first;
      if (--count[left] > 0) break;
    }
  }
}

uint64_t kernel_run(uint32_t rounds) {
  uint64_t sum = KERNEL_SUM_START;
  for (uint32_t round = 0; round < rounds; ++round) sum = fannkuch(sum);
  return sum;
}
