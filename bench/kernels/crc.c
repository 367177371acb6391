/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 (the reflected polynomial 0xedb88320 of zlib and Ethernet), eight tables, over one mebibyte. */
#include "kernel.h"

enum { SIZE = 1 << 20 };
static uint32_t table[8][256];
static uint8_t data[SIZE];

static void make_tables(void) {
  for (uint32_t n = 0; n < 256; ++n) {
    uint32_t c = n;
    for (int bit = 0; bit < 8; ++bit) c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
    table[0][n] = c;
  }
  for (int t = 1; t < 8; ++t)
    for (int n = 0; n < 256; ++n) table[t][n] = table[t - 1][n] >> 8 ^ table[0][table[t - 1][n] & 255];
}

static uint32_t crc(uint32_t c, const uint8_t* p, size_t size) {
  c = ~c;
  for (; size >= 8; size -= 8, p += 8) {
    uint32_t low, high;
    __builtin_memcpy(&low, p, 4);
    __builtin_memcpy(&high, p + 4, 4);
    low ^= c;
    c = table[7][low & 255] ^ table[6][low >> 8 & 255] ^ table[5][low >> 16 & 255] ^ table[4][low >> 24] ^ table[3][high & 255] ^
        table[2][high >> 8 & 255] ^ table[1][high >> 16 & 255] ^ table[0][high >> 24];
  }
  for (; size > 0; --size) c = c >> 8 ^ table[0][(c ^ *p++) & 255];
  return ~c;
}

uint64_t kernel_run(uint32_t rounds) {
  uint64_t seed = 8, sum = KERNEL_SUM_START;
  make_tables();
  for (int i = 0; i < SIZE; ++i) data[i] = (uint8_t)kernel_random(&seed);
  for (uint32_t round = 0; round < rounds; ++round) {
    const uint32_t value = crc(0, data, SIZE - (round & 7));
    sum = kernel_mix(sum, value);
    data[value % SIZE] ^= (uint8_t)round;
  }
  return sum;
}
