/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions: a backtracking matcher (literals, classes, any, star, plus, optional, groups by alternation at the top) over lines. */
#include "kernel.h"

enum { LINES = 2000, LINE = 80 };
static char lines[LINES][LINE];
static const char* const patterns[] = {"[a-z]+@[a-z]+\\.(com|org)", "error: .*[0-9]+$", "^[A-Z][a-z]*( [a-z]+)*", "a.?b.*c+d", "(GET|POST) /[a-z/]*\\?id=[0-9]+"};

static int match_here(const char* re, const char* end, const char* s, const char** stop);

/* The end of the single-character atom at `re`. */
static const char* atom_end(const char* re) {
  if (*re == '\\') return re + 2;
  if (*re == '[') {
    while (*re != ']') ++re;
    return re + 1;
  }
  if (*re == '(') {
    while (*re != ')') re += *re == '\\' ? 2 : 1;
    return re + 1;
  }
  return re + 1;
}

static int match_char(const char* re, char c) {
  if (c == 0) return 0;
  switch (*re) {
    case '.': return 1;
    case '\\': return re[1] == c;
    case '[':
      for (++re; *re != ']';) {
        if (re[1] == '-') {
          if (re[0] <= c && c <= re[2]) return 1;
          re += 3;
        } else if (*re++ == c) {
          return 1;
        }
      }
      return 0;
    default: return *re == c;
  }
}

/* Tries each alternative of the group at `re`, then `rest`. */
static int match_group(const char* re, const char* group_end, const char* rest, const char* end, const char* s, const char** stop) {
  const char* from = re + 1;
  while (from < group_end) {
    const char* to = from;
    while (to < group_end - 1 && *to != '|') ++to;
    const char* after;
    if (match_here(from, to, s, &after) && match_here(rest, end, after, stop)) return 1;
    from = to + 1;
  }
  return 0;
}

static int match_repeat(const char* re, const char* atom, const char* end, const char* s, const char** stop) {
  const char kind = *atom;
  if (*re == '(') {
    const char* after = s;
    if (kind != '+' && match_here(atom + 1, end, s, stop)) return 1;
    const char* group = re + 1;
    if (!match_here(group, atom - 1, s, &after) || after == s) return 0;
    if (kind != '?' && match_repeat(re, atom, end, after, stop)) return 1;
    return match_here(atom + 1, end, after, stop);
  }
  const char* furthest = s;
  while (match_char(re, *furthest) && (kind != '?' || furthest == s)) ++furthest;
  for (const char* t = furthest; t >= s + (kind == '+'); --t)
    if (match_here(atom + 1, end, t, stop)) return 1;
  return 0;
}

static int match_here(const char* re, const char* end, const char* s, const char** stop) {
  for (;;) {
    if (re >= end) return *stop = s, 1;
    if (*re == '$' && re + 1 == end) return *stop = s, *s == 0;
    const char* atom = atom_end(re);
    if (atom < end && (*atom == '*' || *atom == '+' || *atom == '?')) return match_repeat(re, atom, end, s, stop);
    if (*re == '(') return match_group(re, atom, atom, end, s, stop);
    if (!match_char(re, *s)) return 0;
    re = atom, ++s;
  }
}

static int search(const char* re, const char* s) {
  const char *end = re, *stop;
  while (*end != 0) ++end;
  if (*re == '^') return match_here(re + 1, end, s, &stop) ? (int)(stop - s) : -1;
  for (const char* from = s;; ++from) {
    if (match_here(re, end, from, &stop)) return (int)(stop - s);
    if (*from == 0) return -1;
  }
}

static int append(char* line, int at, const char* s) {
  while (*s != 0 && at < LINE - 1) line[at++] = *s++;
  return at;
}

uint64_t kernel_run(uint32_t rounds) {
  static const char* const words[] = {"mail to joe@example.com ", "error: code 42", "Some words here ", "aabbccd ", "GET /path/to?id=77 ", "xyz 12 "};
  uint64_t seed = 11, sum = KERNEL_SUM_START;
  for (int i = 0; i < LINES; ++i) {
    int at = 0;
    const int count = 1 + (int)(kernel_random(&seed) % 4);
    for (int k = 0; k < count; ++k) at = append(lines[i], at, words[kernel_random(&seed) % 6]);
    lines[i][at] = 0;
  }
  for (uint32_t round = 0; round < rounds; ++round)
    for (int i = 0; i < LINES; ++i)
      for (int k = 0; k < 5; ++k) sum = kernel_mix(sum, (uint64_t)(int64_t)search(patterns[k], lines[i]));
  return sum;
}
