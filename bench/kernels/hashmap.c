/* SPDX-License-Identifier: Apache-2.0 */
/* Hash map: open addressing with linear probing that grows, 64-bit keys; inserts, hits, misses and removals by backward shift. */
#include "kernel.h"

enum { SLOTS_MAX = 1 << 18, KEYS = 100000 };
struct slot {
  uint64_t key; /* 0 is free */
  uint64_t value;
};
static struct slot storage[2][SLOTS_MAX];
static struct slot* slots;
static uint32_t mask, used;

static uint32_t home_of(uint64_t key) {
  key ^= key >> 33;
  key *= 0xff51afd7ed558ccdu;
  key ^= key >> 33;
  return (uint32_t)key & mask;
}

static struct slot* find(uint64_t key) {
  uint32_t at = home_of(key);
  while (slots[at].key != 0 && slots[at].key != key) at = (at + 1) & mask;
  return &slots[at];
}

static void grow(void) {
  struct slot* old = slots;
  const uint32_t count = mask + 1;
  slots = old == storage[0] ? storage[1] : storage[0];
  mask = mask * 2 + 1;
  for (uint32_t i = 0; i <= mask; ++i) slots[i] = (struct slot){0, 0};
  for (uint32_t i = 0; i < count; ++i)
    if (old[i].key != 0) *find(old[i].key) = old[i];
}

static void put(uint64_t key, uint64_t value) {
  struct slot* slot = find(key);
  if (slot->key == 0) {
    if (++used * 4 > (mask + 1) * 3) {
      grow();
      slot = find(key);
    }
    slot->key = key;
  }
  slot->value += value;
}

static void take_out(uint64_t key) {
  struct slot* slot = find(key);
  if (slot->key == 0) return;
  --used;
  uint32_t hole = (uint32_t)(slot - slots), at = hole;
  for (;;) {
    at = (at + 1) & mask;
    if (slots[at].key == 0) break;
    const uint32_t home = home_of(slots[at].key);
    if (((at - home) & mask) >= ((at - hole) & mask)) {
      slots[hole] = slots[at];
      hole = at;
    }
  }
  slots[hole].key = 0;
}

uint64_t kernel_run(uint32_t rounds) {
  uint64_t seed = 6, sum = KERNEL_SUM_START;
  for (uint32_t round = 0; round < rounds; ++round) {
    slots = storage[0];
    mask = 1023;
    used = 0;
    for (uint32_t i = 0; i <= mask; ++i) slots[i] = (struct slot){0, 0};
    for (uint32_t i = 0; i < KEYS; ++i) put(kernel_random(&seed) % 150000 + 1, i);
    for (uint32_t i = 0; i < KEYS; ++i) sum = kernel_mix(sum, find(kernel_random(&seed) % 300000 + 1)->value);
    for (uint32_t i = 0; i < KEYS / 2; ++i) take_out(kernel_random(&seed) % 150000 + 1);
    for (uint32_t i = 0; i < KEYS; ++i) sum = kernel_mix(sum, find(i + 1)->key);
    sum = kernel_mix(sum, used);
  }
  return sum;
}
