// SPDX-License-Identifier: Apache-2.0
#include "text.h"

#include "ingot/guest.h"

static void reserve(struct text* text, uint32_t more) {
  const uint64_t needed = (uint64_t)text->size + more + 1;
  if (needed <= text->capacity) {
    return;
  }
  uint64_t capacity = text->capacity == 0 ? 64 : (uint64_t)text->capacity * 2;
  if (capacity < needed) {
    capacity = needed;
  }
  char* data = capacity > UINT32_MAX ? NULL : malloc((size_t)capacity);
  if (data == NULL) {
    __builtin_trap();
  }
  for (uint32_t index = 0; index < text->size; ++index) {
    data[index] = text->data[index];
  }
  text->data = data;
  text->capacity = (uint32_t)capacity;
}

void text_add_bytes(struct text* text, const char* bytes, uint32_t size) {
  reserve(text, size);
  for (uint32_t index = 0; index < size; ++index) {
    text->data[text->size + index] = bytes[index];
  }
  text->size += size;
  text->data[text->size] = '\0';
}

void text_add(struct text* text, const char* string) { text_add_bytes(text, string, ingot_length(string)); }

void text_add_integer(struct text* text, int64_t number) {
  char digits[20];
  uint32_t start = sizeof digits;
  // As unsigned: the smallest number has no positive twin.
  uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
  do {
    digits[--start] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (number < 0) {
    text_add(text, "-");
  }
  text_add_bytes(text, digits + start, (uint32_t)sizeof digits - start);
}

void text_add_json_string(struct text* text, const char* bytes, uint32_t size) {
  static const char hex[] = "0123456789abcdef";
  text_add(text, "\"");
  for (uint32_t index = 0; index < size; ++index) {
    const unsigned char byte = (unsigned char)bytes[index];
    if (byte == '"' || byte == '\\') {
      const char escaped[] = {'\\', (char)byte};
      text_add_bytes(text, escaped, sizeof escaped);
    } else if (byte < 0x20) {
      const char escaped[] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
      text_add_bytes(text, escaped, sizeof escaped);
    } else {
      text_add_bytes(text, &bytes[index], 1);
    }
  }
  text_add(text, "\"");
}

const char* text_string(const struct text* text) { return text->data == NULL ? "" : text->data; }

bool text_equal(const char* left, const char* right) {
  while (*left != '\0' && *left == *right) {
    ++left;
    ++right;
  }
  return *left == *right;
}

static void next_param(struct text* params) { text_add(params, params->size == 0 ? "[" : ","); }

void params_text(struct text* params, const char* string) {
  next_param(params);
  text_add_json_string(params, string, ingot_length(string));
}

void params_integer(struct text* params, int64_t number) {
  next_param(params);
  text_add_integer(params, number);
}

void params_null(struct text* params) {
  next_param(params);
  text_add(params, "null");
}

const char* params_json(struct text* params) {
  text_add(params, params->size == 0 ? "[]" : "]");
  return params->data;
}
