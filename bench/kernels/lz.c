/* SPDX-License-Identifier: Apache-2.0 */
/* LZ compression: greedy matches through a hash of four bytes, byte-aligned tokens, then decompression, over 512 KiB of word-like text. */
#include "kernel.h"

enum { SIZE = 1 << 19, HASH_BITS = 14, MATCH_MIN = 4 };
static uint8_t text[SIZE], packed[SIZE * 2], unpacked[SIZE + 8];
static uint32_t heads[1 << HASH_BITS];

static uint32_t four(const uint8_t* p) {
  uint32_t value;
  __builtin_memcpy(&value, p, 4);
  return value;
}

static uint8_t* put_length(uint8_t* out, uint32_t rest) {
  for (; rest >= 255; rest -= 255) *out++ = 255;
  *out++ = (uint8_t)rest;
  return out;
}

static uint8_t* put_token(uint8_t* out, const uint8_t* literals, uint32_t count, uint32_t distance, uint32_t length) {
  uint8_t* token = out++;
  *token = (uint8_t)((count < 15 ? count : 15) << 4);
  if (count >= 15) out = put_length(out, count - 15);
  for (uint32_t i = 0; i < count; ++i) out[i] = literals[i];
  out += count;
  if (length == 0) return out;
  *out++ = (uint8_t)distance;
  *out++ = (uint8_t)(distance >> 8);
  const uint32_t rest = length - MATCH_MIN;
  *token |= (uint8_t)(rest < 15 ? rest : 15);
  return rest >= 15 ? put_length(out, rest - 15) : out;
}

static uint32_t compress(void) {
  for (uint32_t i = 0; i < 1u << HASH_BITS; ++i) heads[i] = 0;
  uint8_t* out = packed;
  uint32_t at = 1, literals = 0;
  while (at + 12 < SIZE) {
    const uint32_t hash = four(text + at) * 2654435761u >> (32 - HASH_BITS);
    const uint32_t candidate = heads[hash];
    heads[hash] = at;
    if (at - candidate < 65536 && four(text + candidate) == four(text + at)) {
      uint32_t length = MATCH_MIN;
      while (at + length < SIZE - 5 && text[candidate + length] == text[at + length]) ++length;
      out = put_token(out, text + literals, at - literals, at - candidate, length);
      at += length;
      literals = at;
    } else {
      ++at;
    }
  }
  out = put_token(out, text + literals, SIZE - literals, 0, 0);
  return (uint32_t)(out - packed);
}

static uint32_t get_length(const uint8_t** in) {
  uint32_t length = 15;
  uint8_t more;
  do length += more = *(*in)++;
  while (more == 255);
  return length;
}

static uint32_t decompress(uint32_t size) {
  const uint8_t *in = packed, *end = packed + size;
  uint8_t* out = unpacked;
  while (in < end) {
    const uint8_t token = *in++;
    uint32_t count = token >> 4;
    if (count == 15) count = get_length(&in);
    for (uint32_t i = 0; i < count; ++i) out[i] = in[i];
    out += count, in += count;
    if (in >= end) break;
    const uint32_t distance = in[0] | (uint32_t)in[1] << 8;
    in += 2;
    uint32_t length = token & 15;
    if (length == 15) length = get_length(&in);
    length += MATCH_MIN;
    const uint8_t* from = out - distance;
    for (uint32_t i = 0; i < length; ++i) *out++ = *from++;
  }
  return (uint32_t)(out - unpacked);
}

uint64_t kernel_run(uint32_t rounds) {
  uint64_t seed = 9, sum = KERNEL_SUM_START;
  for (uint32_t at = 0; at < SIZE;) {
    uint64_t word = kernel_random(&seed) % 1000 * 77 + 5;
    const uint32_t length = 2 + kernel_random(&seed) % 7;
    for (uint32_t i = 0; i < length && at < SIZE; ++i) text[at++] = (uint8_t)('a' + kernel_random(&word) % 26);
    if (at < SIZE) text[at++] = ' ';
  }
  for (uint32_t round = 0; round < rounds; ++round) {
    const uint32_t size = compress();
    const uint32_t again = decompress(size);
    uint32_t differing = 0;
    for (uint32_t i = 0; i < SIZE; ++i) differing += text[i] != unpacked[i];
    sum = kernel_mix(kernel_mix(kernel_mix(sum, size), again), differing);
    text[kernel_random(&seed) % SIZE] = (uint8_t)('A' + round % 26);
  }
  return sum;
}
