/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors, tables and texts: what a compiler lays out in an order of its own choosing. */
typedef float lanes __attribute__((vector_size(16)));
typedef unsigned int words __attribute__((vector_size(16)));

static const char text[] = "reproducible to the byte";
static const unsigned int table[64] = {1, 3, 9, 27, 81, 243, 729, 2187};
static unsigned int counters[256] = {7};
static unsigned int add(unsigned int a, unsigned int b) { return a + b; }
static unsigned int mix(unsigned int a, unsigned int b) { return a * 31 ^ b; }
static unsigned int (*const steps[])(unsigned int, unsigned int) = {add, mix};

__attribute__((export_name("dot"))) float dot(const float *a, const float *b, unsigned int count) {
  lanes sum = {0};
  for (unsigned int i = 0; i + 4 <= count; i += 4) sum += *(const lanes *)(a + i) * *(const lanes *)(b + i);
  return sum[0] + sum[1] + sum[2] + sum[3];
}

__attribute__((export_name("fold"))) unsigned int fold(unsigned int seed) {
  words state = {seed, seed + 1, seed + 2, seed + 3};
  for (unsigned int i = 0; i < 64; i += 4) state = (state ^ *(const words *)(table + i)) * 2654435761u;
  unsigned int result = state[0] ^ state[1] ^ state[2] ^ state[3];
  for (unsigned int i = 0; i < sizeof text; ++i) result = steps[i & 1](result, (unsigned char)text[i]);
  return counters[result & 255] += result;
}
