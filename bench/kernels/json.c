/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: a recursive-descent parser that builds a tree of nodes in an arena, over a generated document of some 200 KB; then a walk. */
#include "kernel.h"

enum { TEXT_MAX = 1 << 18, NODES_MAX = 1 << 16, CHARS_MAX = 1 << 18 };
enum kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };
struct node {
  enum kind kind;
  double number;
  const char *name, *string;
  uint32_t name_size, string_size;
  struct node *child, *next;
};
static char text[TEXT_MAX], chars[CHARS_MAX];
static struct node nodes[NODES_MAX];
static uint32_t text_size, node_count, char_count;

static void say(const char* s) {
  while (*s != 0) text[text_size++] = *s++;
}
static void say_number(uint32_t n) {
  char digits[10];
  int count = 0;
  do digits[count++] = (char)('0' + n % 10);
  while ((n /= 10) != 0);
  while (count > 0) text[text_size++] = digits[--count];
}

static void generate(void) {
  static const char* const names[] = {"Ada", "Gr\\u00e5ce", "Alan \\\"T\\\"", "Edsger", "Barbara", "K\xc3\xa4the", "Donald\\n", "Leslie"};
  uint64_t seed = 10;
  say("{\"version\": 3, \"rows\": [\n");
  for (int i = 0; text_size < TEXT_MAX - 60000; ++i) {
    say(i > 0 ? ",\n  {\"id\": " : "  {\"id\": ");
    say_number((uint32_t)i);
    say(", \"name\": \"");
    say(names[kernel_random(&seed) % 8]);
    say("\", \"score\": -");
    say_number(kernel_random(&seed) % 1000);
    say(".");
    say_number(kernel_random(&seed) % 100000);
    say(kernel_random(&seed) % 2 ? "e2, \"active\": true" : ", \"active\": false");
    say(", \"tags\": [\"x\", null, [1, 2, {\"deep\": []}], \"a longer string with some words in it\"]}");
  }
  say("\n]}\n");
}

static const char* skip(const char* p) {
  while (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r') ++p;
  return p;
}

static const char* parse_string(const char* p, const char** out, uint32_t* size) {
  char* to = chars + char_count;
  *out = to;
  for (++p; *p != '"'; ++p) {
    if (*p != '\\') {
      *to++ = *p;
      continue;
    }
    switch (*++p) {
      case 'n': *to++ = '\n'; break;
      case 't': *to++ = '\t'; break;
      case 'u': {
        uint32_t code = 0;
        for (int i = 0; i < 4; ++i) {
          const char c = *++p;
          code = code * 16 + (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
        }
        if (code < 0x80) {
          *to++ = (char)code;
        } else if (code < 0x800) {
          *to++ = (char)(0xc0 | code >> 6);
          *to++ = (char)(0x80 | (code & 63));
        } else {
          *to++ = (char)(0xe0 | code >> 12);
          *to++ = (char)(0x80 | (code >> 6 & 63));
          *to++ = (char)(0x80 | (code & 63));
        }
        break;
      }
      default: *to++ = *p;
    }
  }
  *size = (uint32_t)(to - *out);
  char_count += *size;
  return p + 1;
}

static const char* parse_number(const char* p, double* out) {
  double value = 0, scale = 1;
  const int negative = *p == '-';
  p += negative;
  while (*p >= '0' && *p <= '9') value = value * 10 + (*p++ - '0');
  if (*p == '.')
    for (++p; *p >= '0' && *p <= '9'; ++p) value += (*p - '0') * (scale *= 0.1);
  if (*p == 'e') {
    int exponent = 0;
    for (++p; *p >= '0' && *p <= '9'; ++p) exponent = exponent * 10 + (*p - '0');
    while (exponent-- > 0) value *= 10;
  }
  *out = negative ? -value : value;
  return p;
}

static const char* parse(const char* p, struct node* node) {
  p = skip(p);
  switch (*p) {
    case 'n': node->kind = JSON_NULL; return p + 4;
    case 't': node->kind = JSON_TRUE; return p + 4;
    case 'f': node->kind = JSON_FALSE; return p + 5;
    case '"': node->kind = JSON_STRING; return parse_string(p, &node->string, &node->string_size);
    case '[':
    case '{': {
      const int is_object = *p == '{';
      node->kind = is_object ? JSON_OBJECT : JSON_ARRAY;
      struct node** last = &node->child;
      for (p = skip(p + 1); *p != ']' && *p != '}';) {
        struct node* child = &nodes[node_count++];
        *child = (struct node){0};
        *last = child;
        last = &child->next;
        if (is_object) p = skip(parse_string(skip(p), &child->name, &child->name_size)) + 1;
        p = skip(parse(p, child));
        if (*p == ',') p = skip(p + 1);
      }
      return p + 1;
    }
    default: node->kind = JSON_NUMBER; return parse_number(p, &node->number);
  }
}

static uint64_t walk(const struct node* node, uint64_t sum) {
  sum = kernel_mix_double(kernel_mix(sum, (uint64_t)node->kind << 32 | node->string_size), node->number);
  for (uint32_t i = 0; i < node->string_size; ++i) sum += (uint8_t)node->string[i];
  for (uint32_t i = 0; i < node->name_size; ++i) sum += (uint8_t)node->name[i];
  for (const struct node* child = node->child; child != 0; child = child->next) sum = walk(child, sum);
  return sum;
}

uint64_t kernel_run(uint32_t rounds) {
  uint64_t sum = KERNEL_SUM_START;
  text_size = 0;
  generate();
  for (uint32_t round = 0; round < rounds; ++round) {
    node_count = 1;
    char_count = 0;
    nodes[0] = (struct node){0};
    parse(text, nodes);
    sum = kernel_mix(walk(nodes, sum), node_count);
  }
  return sum;
}
