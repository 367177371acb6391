/* SPDX-License-Identifier: Apache-2.0 */
/* String building: growing buffers from a first-fit heap, numbers formatted, text joined, searched, replaced and folded to upper case. */
#include "kernel.h"

enum { HEAP = 1 << 21 };
struct chunk {
  uint32_t size; /* of the whole chunk, this head included */
  uint32_t is_free;
};
static _Alignas(16) uint8_t heap[HEAP];

static struct chunk* chunk_at(uint32_t at) { return (struct chunk*)(void*)(heap + at); }

static void* take(uint32_t bytes) {
  bytes = (bytes + (uint32_t)sizeof(struct chunk) + 15) & ~15u;
  for (uint32_t at = 0; at < HEAP;) {
    struct chunk* chunk = chunk_at(at);
    if (chunk->is_free) {
      while (at + chunk->size < HEAP && chunk_at(at + chunk->size)->is_free) chunk->size += chunk_at(at + chunk->size)->size;
      if (chunk->size >= bytes) {
        if (chunk->size > bytes) *chunk_at(at + bytes) = (struct chunk){chunk->size - bytes, 1};
        *chunk = (struct chunk){bytes, 0};
        return chunk + 1;
      }
    }
    at += chunk->size;
  }
  return 0;
}
static void give(void* memory) {
  if (memory != 0) ((struct chunk*)memory - 1)->is_free = 1;
}

struct string {
  char* text;
  uint32_t size, room;
};

static void append(struct string* s, const char* text, uint32_t size) {
  if (s->size + size > s->room) {
    s->room = (s->size + size) * 2;
    char* bigger = take(s->room);
    __builtin_memcpy(bigger, s->text, s->size);
    give(s->text);
    s->text = bigger;
  }
  __builtin_memcpy(s->text + s->size, text, size);
  s->size += size;
}

static void append_number(struct string* s, uint32_t n) {
  char digits[10];
  uint32_t at = 10;
  do digits[--at] = (char)('0' + n % 10);
  while ((n /= 10) != 0);
  append(s, digits + at, 10 - at);
}

static struct string replaced(const struct string* s, const char* what, uint32_t what_size, const char* by, uint32_t by_size) {
  struct string out = {0, 0, 0};
  uint32_t from = 0;
  for (uint32_t at = 0; at + what_size <= s->size;) {
    uint32_t same = 0;
    while (same < what_size && s->text[at + same] == what[same]) ++same;
    if (same == what_size) {
      append(&out, s->text + from, at - from);
      append(&out, by, by_size);
      from = at += what_size;
    } else {
      ++at;
    }
  }
  append(&out, s->text + from, s->size - from);
  return out;
}

uint64_t kernel_run(uint32_t rounds) {
  uint64_t seed = 12, sum = KERNEL_SUM_START;
  *chunk_at(0) = (struct chunk){HEAP, 1};
  for (uint32_t round = 0; round < rounds; ++round) {
    struct string page = {0, 0, 0};
    for (int row = 0; row < 400; ++row) {
      struct string line = {0, 0, 0};
      append(&line, "<tr><td>", 8);
      append_number(&line, kernel_random(&seed));
      append(&line, "</td><td>item no. ", 18);
      append_number(&line, (uint32_t)row);
      append(&line, "</td></tr>\n", 11);
      append(&page, line.text, line.size);
      give(line.text);
    }
    struct string changed = replaced(&page, "td>", 3, "cell>", 5);
    for (uint32_t i = 0; i < changed.size; ++i) {
      const char c = changed.text[i];
      changed.text[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
    }
    for (uint32_t i = 0; i < changed.size; i += 7) sum = kernel_mix(sum, (uint8_t)changed.text[i]);
    give(page.text);
    give(changed.text);
  }
  return sum;
}
