/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting: quicksort with median of three and insertion sort for short runs, over 200,000 records compared through a callback. */
#include "kernel.h"

enum { COUNT = 200000, SHORT = 12 };
struct record {
  uint32_t key, value;
};
typedef int (*compare)(const struct record*, const struct record*);
static struct record records[COUNT];

static int by_key(const struct record* a, const struct record* b) { return a->key < b->key ? -1 : a->key > b->key; }
static int by_value(const struct record* a, const struct record* b) { return a->value < b->value ? -1 : a->value > b->value; }

static void swap(struct record* a, struct record* b) {
  const struct record t = *a;
  *a = *b;
  *b = t;
}

static void sort(struct record* from, struct record* to, compare order) {
  while (to - from > SHORT) {
    struct record *low = from, *high = to - 1, *middle = from + (to - from) / 2;
    if (order(middle, low) < 0) swap(middle, low);
    if (order(high, middle) < 0) swap(high, middle);
    if (order(middle, low) < 0) swap(middle, low);
    const struct record pivot = *middle;
    while (low <= high) {
      while (order(low, &pivot) < 0) ++low;
      while (order(&pivot, high) < 0) --high;
      if (low <= high) swap(low++, high--);
    }
    if (high - from < to - low) {
      sort(from, high + 1, order);
      from = low;
    } else {
      sort(low, to, order);
      to = high + 1;
    }
  }
  for (struct record* i = from + 1; i < to; ++i) {
    const struct record moving = *i;
    struct record* hole = i;
    for (; hole > from && order(&moving, hole - 1) < 0; --hole) *hole = hole[-1];
    *hole = moving;
  }
}

uint64_t kernel_run(uint32_t rounds) {
  uint64_t seed = 5, sum = KERNEL_SUM_START;
  for (uint32_t round = 0; round < rounds; ++round) {
    for (int i = 0; i < COUNT; ++i) records[i] = (struct record){kernel_random(&seed), (uint32_t)i};
    sort(records, records + COUNT, by_key);
    for (int i = 0; i < COUNT; i += 97) sum = kernel_mix(sum, records[i].key);
    sort(records, records + COUNT, by_value);
    for (int i = 0; i < COUNT; i += 97) sum = kernel_mix(sum, records[i].key);
  }
  return sum;
}
