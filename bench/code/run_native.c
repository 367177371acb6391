/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times one kernel as native code; linked with the kernel.
 *
 *   run_native ROUNDS      prints CHECKSUM NANOSECONDS
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kernel.h"

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ll + time.tv_nsec;
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const uint32_t rounds = (uint32_t)strtoul(argv[1], NULL, 10);
  kernel_run(rounds);
  const long long begin = now();
  const uint64_t sum = kernel_run(rounds);
  const long long end = now();
  printf("%016llx %lld\n", (unsigned long long)sum, end - begin);
  return 0;
}
