// SPDX-License-Identifier: Apache-2.0
#include "json.h"

// Parent links: without them, closing a bracket searches backwards, quadratic in a long list.
#define JSMN_STATIC
#define JSMN_PARENT_LINKS
#define JSMN_STRICT
#include <jsmn.h>

#include "ingot/guest.h"

static const struct json_value absent = {NULL, -1};

static const jsmntok_t* token_of(struct json_value value) { return (const jsmntok_t*)value.document->tokens + value.token; }

static struct json_value at(const struct json_document* document, int token) { return (struct json_value){document, token}; }

bool json_parse(struct json_document* document, const char* text, uint32_t size) {
  *document = (struct json_document){.text = text};
  jsmn_parser parser;
  jsmn_init(&parser);
  const int count = jsmn_parse(&parser, text, size, NULL, 0);
  if (count <= 0) {
    return false;
  }
  jsmntok_t* tokens = malloc((size_t)count * sizeof *tokens);
  if (tokens == NULL) {
    __builtin_trap();
  }
  jsmn_init(&parser);
  if (jsmn_parse(&parser, text, size, tokens, (unsigned)count) != count) {
    return false;
  }
  document->tokens = tokens;
  document->token_count = count;
  return true;
}

struct json_value json_root(const struct json_document* document) { return document->token_count > 0 ? at(document, 0) : absent; }

bool json_exists(struct json_value value) { return value.token >= 0; }

enum json_kind json_kind_of(struct json_value value) {
  if (!json_exists(value)) {
    return json_absent;
  }
  const jsmntok_t* token = token_of(value);
  switch (token->type) {
    case JSMN_OBJECT:
      return json_object;
    case JSMN_ARRAY:
      return json_array;
    case JSMN_STRING:
      return json_string;
    default:
      break;
  }
  switch (value.document->text[token->start]) {
    case 'n':
      return json_null;
    case 't':
    case 'f':
      return json_boolean;
    default:
      return json_number;
  }
}

// The token behind a value and everything in it, or `absent` at the end of `container`.
static struct json_value behind(struct json_value container, struct json_value value) {
  const jsmntok_t* tokens = value.document->tokens;
  const int end = tokens[value.token].end;
  int next = value.token + 1;
  while (next < value.document->token_count && tokens[next].start < end) {
    ++next;
  }
  const bool inside = next < value.document->token_count && tokens[next].start < token_of(container)->end;
  return inside ? at(value.document, next) : absent;
}

static bool key_is(struct json_value key, const char* name) {
  const jsmntok_t* token = token_of(key);
  const char* text = key.document->text + token->start;
  const uint32_t size = (uint32_t)(token->end - token->start);
  for (uint32_t index = 0; index < size; ++index) {
    if (name[index] == '\0' || name[index] != text[index]) {
      return false;
    }
  }
  return name[size] == '\0';
}

struct json_value json_member(struct json_value object, const char* name) {
  if (json_kind_of(object) != json_object || token_of(object)->size == 0) {
    return absent;
  }
  struct json_value key = at(object.document, object.token + 1);
  while (json_exists(key)) {
    const struct json_value value = at(key.document, key.token + 1);
    if (key_is(key, name)) {
      return value;
    }
    key = behind(object, value);
  }
  return absent;
}

bool json_has_only(struct json_value object, const char* const* names, uint32_t name_count) {
  if (json_kind_of(object) != json_object || token_of(object)->size == 0) {
    return true;
  }
  for (struct json_value key = at(object.document, object.token + 1); json_exists(key); key = behind(object, at(key.document, key.token + 1))) {
    bool known = false;
    for (uint32_t index = 0; index < name_count && !known; ++index) {
      known = key_is(key, names[index]);
    }
    if (!known) {
      return false;
    }
  }
  return true;
}

struct json_value json_first(struct json_value array) {
  const bool has_one = json_kind_of(array) == json_array && token_of(array)->size > 0;
  return has_one ? at(array.document, array.token + 1) : absent;
}

struct json_value json_next(struct json_value array, struct json_value element) { return behind(array, element); }

static int hex_digit(char letter) {
  if (letter >= '0' && letter <= '9') {
    return letter - '0';
  }
  letter = (char)(letter | 0x20);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

// Four hexadecimal digits, or -1.
static int32_t unicode_unit(const char* text, const char* end) {
  int32_t unit = 0;
  if (end - text < 4) {
    return -1;
  }
  for (int index = 0; index < 4; ++index) {
    const int digit = hex_digit(text[index]);
    if (digit < 0) {
      return -1;
    }
    unit = unit << 4 | digit;
  }
  return unit;
}

static void add_utf8(struct text* out, uint32_t point) {
  char bytes[4];
  uint32_t size = 0;
  if (point < 0x80) {
    bytes[size++] = (char)point;
  } else if (point < 0x800) {
    bytes[size++] = (char)(0xC0 | point >> 6);
    bytes[size++] = (char)(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    bytes[size++] = (char)(0xE0 | point >> 12);
    bytes[size++] = (char)(0x80 | (point >> 6 & 0x3F));
    bytes[size++] = (char)(0x80 | (point & 0x3F));
  } else {
    bytes[size++] = (char)(0xF0 | point >> 18);
    bytes[size++] = (char)(0x80 | (point >> 12 & 0x3F));
    bytes[size++] = (char)(0x80 | (point >> 6 & 0x3F));
    bytes[size++] = (char)(0x80 | (point & 0x3F));
  }
  text_add_bytes(out, bytes, size);
}

// Decodes what stands behind "\u" and returns where it ends. A half of a pair becomes U+FFFD.
static const char* add_unicode(struct text* out, const char* text, const char* end) {
  const int32_t unit = unicode_unit(text, end);
  if (unit < 0) {
    return end;
  }
  text += 4;
  if (unit < 0xD800 || unit > 0xDFFF) {
    add_utf8(out, (uint32_t)unit);
    return text;
  }
  const bool pair = unit < 0xDC00 && end - text >= 6 && text[0] == '\\' && text[1] == 'u';
  const int32_t low = pair ? unicode_unit(text + 2, end) : -1;
  if (low < 0xDC00 || low > 0xDFFF) {
    add_utf8(out, 0xFFFD);
    return text;
  }
  add_utf8(out, 0x10000 + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(low - 0xDC00));
  return text + 6;
}

bool json_read_string(struct json_value value, struct text* out) {
  if (json_kind_of(value) != json_string) {
    return false;
  }
  static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";  // letter, meaning, letter, meaning...
  const jsmntok_t* token = token_of(value);
  const char* text = value.document->text + token->start;
  const char* end = value.document->text + token->end;
  while (text < end) {
    if (*text != '\\') {
      text_add_bytes(out, text++, 1);
      continue;
    }
    if (++text == end) {
      return false;
    }
    const char letter = *text++;
    if (letter == 'u') {
      text = add_unicode(out, text, end);
      continue;
    }
    for (uint32_t index = 0; index + 1 < sizeof escapes; index += 2) {
      if (escapes[index] == letter) {
        text_add_bytes(out, &escapes[index + 1], 1);
      }
    }
  }
  return true;
}

bool json_read_integer(struct json_value value, int64_t* out) {
  if (json_kind_of(value) != json_number) {
    return false;
  }
  const jsmntok_t* token = token_of(value);
  const char* text = value.document->text + token->start;
  const char* end = value.document->text + token->end;
  const bool negative = *text == '-';
  if (negative) {
    ++text;
  }
  int64_t number = 0;
  if (text == end) {
    return false;
  }
  // Built as a negative number, which reaches one further than a positive one. The product is compared, not computed with
  // overflow: that would need a 128-bit helper of the compiler's library.
  for (; text < end; ++text) {
    if (*text == '.') {
      while (++text < end) {
        if (*text != '0') {
          return false;
        }
      }
      break;
    }
    if (*text < '0' || *text > '9' || number < INT64_MIN / 10 || __builtin_sub_overflow(number * 10, *text - '0', &number)) {
      return false;
    }
  }
  return negative ? (*out = number, true) : !__builtin_sub_overflow(0, number, out);
}

void json_copy(struct json_value value, struct text* out) {
  if (!json_exists(value)) {
    text_add(out, "null");
    return;
  }
  const jsmntok_t* token = token_of(value);
  const bool quoted = token->type == JSMN_STRING;
  if (quoted) {
    text_add(out, "\"");
  }
  text_add_bytes(out, value.document->text + token->start, (uint32_t)(token->end - token->start));
  if (quoted) {
    text_add(out, "\"");
  }
}
