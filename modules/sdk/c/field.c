// SPDX-License-Identifier: Apache-2.0
// The field_ functions of request.h.
#include "request.h"

static bool missing(struct json_value value) {
  const enum json_kind kind = json_kind_of(value);
  return kind == json_absent || kind == json_null;
}

// Bytes of a character behind its first have the form 10xxxxxx.
static uint32_t character_count(const struct text* text) {
  uint32_t count = 0;
  for (uint32_t index = 0; index < text->size; ++index) {
    count += ((unsigned char)text->data[index] & 0xC0) != 0x80;
  }
  return count;
}

static bool has_control(const struct text* text) {
  for (uint32_t index = 0; index < text->size; ++index) {
    const unsigned char byte = (unsigned char)text->data[index];
    // Those of Latin-1, U+0080 to U+009F, are two bytes.
    const bool latin = byte == 0xC2 && index + 1 < text->size && (unsigned char)text->data[index + 1] < 0xA0;
    if (byte < 0x20 || byte == 0x7F || latin) {
      return true;
    }
  }
  return false;
}

// Bytes of the blank that begins here; 0 when something else does. What JavaScript's \s is, so that modules in every language agree.
static uint32_t blank_size(const char* at, uint32_t left) {
  static const char* const blanks[] = {
      " ",            "\t",           "\n",           "\v",           "\f",           "\r",           "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
      "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80", "\xEF\xBB\xBF",
  };
  for (uint32_t index = 0; index < sizeof blanks / sizeof *blanks; ++index) {
    uint32_t size = 0;
    while (blanks[index][size] != '\0' && size < left && at[size] == blanks[index][size]) {
      ++size;
    }
    if (blanks[index][size] == '\0') {
      return size;
    }
  }
  return 0;
}

static void trim(struct text* text) {
  for (uint32_t size = 0; text->size > 0 && (size = blank_size(text->data, text->size)) > 0;) {
    text->data += size;
    text->size -= size;
    text->capacity -= size;
  }
  for (uint32_t size = 1; size <= 3 && size <= text->size;) {
    const bool blank = blank_size(text->data + text->size - size, size) == size;
    if (blank) {
      text->size -= size;
      text->data[text->size] = '\0';
    }
    size = blank ? 1 : size + 1;
  }
}

bool field_only(struct reply* reply, struct json_value object, const char* const* names, uint32_t name_count) {
  if (json_kind_of(object) != json_object) {
    return reply_refuse(reply, 400, "BODY_NOT_OBJECT", "the body must be a JSON object");
  }
  if (json_has_only(object, names, name_count)) {
    return true;
  }
  struct text rule = {0};
  text_add(&rule, "an object has members that are not known here; it may have");
  for (uint32_t index = 0; index < name_count; ++index) {
    text_add(&rule, index == 0 ? " " : ", ");
    text_add(&rule, names[index]);
  }
  return reply_refuse(reply, 400, "INVALID_FIELD", rule.data);
}

bool field_text(struct reply* reply, struct json_value object, const char* field, uint32_t length_max, bool required, struct text* out) {
  const struct json_value value = json_member(object, field);
  if (!missing(value) && !json_read_string(value, out)) {
    return reply_invalid(reply, field, "must be a text");
  }
  if (character_count(out) > length_max) {
    return reply_invalid(reply, field, "is too long");
  }
  trim(out);
  if (has_control(out)) {
    return reply_invalid(reply, field, "must not contain control characters");
  }
  if (required && out->size == 0) {
    return reply_invalid(reply, field, "is required");
  }
  return true;
}

bool field_integer(struct reply* reply, struct json_value object, const char* field, int64_t absent_value, int64_t min, int64_t max,
                   int64_t* out) {
  const struct json_value value = json_member(object, field);
  if (missing(value)) {
    *out = absent_value;
    return true;
  }
  if (!json_read_integer(value, out)) {
    return reply_invalid(reply, field, "must be a whole number");
  }
  if (*out < min || *out > max) {
    return reply_invalid(reply, field, "is out of range");
  }
  return true;
}

bool field_choice(struct reply* reply, struct json_value object, const char* field, const char* const* words, uint32_t word_count,
                  struct text* out) {
  if (!field_text(reply, object, field, 64, true, out)) {
    return false;
  }
  struct text rule = {0};
  text_add(&rule, "must be one of");
  for (uint32_t index = 0; index < word_count; ++index) {
    if (text_equal(words[index], out->data)) {
      return true;
    }
    text_add(&rule, index == 0 ? " " : ", ");
    text_add(&rule, words[index]);
  }
  return reply_invalid(reply, field, rule.data);
}

static int two_digits(const char* text) { return (text[0] - '0') * 10 + (text[1] - '0'); }

static bool is_date(const struct text* text) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (text->size != 10) {
    return false;
  }
  for (uint32_t index = 0; index < 10; ++index) {
    const char letter = text->data[index];
    const bool dash = index == 4 || index == 7;
    if (dash ? letter != '-' : (letter < '0' || letter > '9')) {
      return false;
    }
  }
  const int year = two_digits(text->data) * 100 + two_digits(text->data + 2);
  const int month = two_digits(text->data + 5);
  const int day = two_digits(text->data + 8);
  if (year < 1 || month < 1 || month > 12) {
    return false;
  }
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

bool field_date(struct reply* reply, struct json_value object, const char* field, struct text* out) {
  if (!field_text(reply, object, field, 10, true, out)) {
    return false;
  }
  return is_date(out) || reply_invalid(reply, field, "must be a date like 2026-01-31");
}

bool field_month(struct reply* reply, struct json_value object, const char* field, struct text* out) {
  if (!field_text(reply, object, field, 7, true, out)) {
    return false;
  }
  struct text first_day = {0};
  text_add(&first_day, out->data);
  text_add(&first_day, "-01");
  return is_date(&first_day) || reply_invalid(reply, field, "must be a month like 2026-01");
}
