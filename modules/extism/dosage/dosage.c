// SPDX-License-Identifier: Apache-2.0
// A calculation of an older system: doses of a medicine from records of fixed width, as its terminals have always sent them.
//
//   dose      records in, the same with what was calculated out
//   surface   the body surface (Mosteller) alone
//
// A record is a line of 32 columns, filled with spaces:
//
//   columns  1-8   patient
//   columns  9-13  weight in grams, tens of: 07250 is 72.50 kg
//   columns 14-17  height in millimetres
//   columns 18-22  dose in micrograms: of each kilogram (mode K) or of each square metre (mode S)
//   column  23     mode, K or S
//   columns 24-31  most that may be given, in micrograms
//   column  32     doses a day, 1 to 9
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extism.h"

enum { record_length = 32, input_most = 1 << 20, line_most = 64 };

struct record {
  char patient[9];
  unsigned weight;  // 10 g
  unsigned height;  // mm
  unsigned dose;    // micrograms of each kg or m2
  char mode;
  unsigned most;    // micrograms
  unsigned daily;
};

// Digits only: no sign, no spaces. False leaves *value alone.
static int number(const char *text, int length, unsigned *value) {
  unsigned sum = 0;
  for (int i = 0; i < length; ++i) {
    if (text[i] < '0' || text[i] > '9') return 0;
    sum = sum * 10 + (unsigned)(text[i] - '0');
  }
  *value = sum;
  return 1;
}

static const char *parse(const char *line, struct record *record) {
  memcpy(record->patient, line, 8);
  record->patient[8] = 0;
  if (!number(line + 8, 5, &record->weight) || record->weight == 0) return "weight";
  if (!number(line + 13, 4, &record->height) || record->height == 0) return "height";
  if (!number(line + 17, 5, &record->dose)) return "dose";
  record->mode = line[22];
  if (record->mode != 'K' && record->mode != 'S') return "mode";
  if (!number(line + 23, 8, &record->most)) return "most";
  if (!number(line + 31, 1, &record->daily) || record->daily == 0) return "daily";
  return NULL;
}

// The largest r with r * r <= value.
static unsigned long long root(unsigned long long value) {
  unsigned long long low = 0, high = 1ull << 32;
  while (low + 1 < high) {
    unsigned long long middle = low + (high - low) / 2;
    if (middle * middle <= value) low = middle; else high = middle;
  }
  return low;
}

// In square centimetres: sqrt(cm * kg / 3600) square metres. cm * kg is mm * 10 g / 1000, so the value below the root is in 10^-8 of it.
static unsigned long long surface_of(const struct record *record) {
  return root((unsigned long long)record->height * record->weight * 100000 / 3600);
}

// The whole input with a NUL behind it, or NULL with the error set.
static char *input(void) {
  uint64_t length = extism_input_length();
  if (length > input_most) return extism_fail("more than 1 MiB of records"), NULL;
  char *text = malloc((size_t)length + 1);
  if (!text) return extism_fail("no memory"), NULL;
  extism_input(0, text, (size_t)length);
  text[length] = 0;
  return text;
}

// Calls write_line for each record; it gives the length of what it has written at `out`, less than line_most.
static int32_t each_record(int (*write_line)(char *out, const struct record *record)) {
  char *text = input();
  if (!text) return 2;
  size_t length = strlen(text), used = 0, line_number = 0;
  char *out = malloc((length / record_length + 1) * line_most);
  if (!out) return free(text), extism_fail("no memory");
  for (char *line = text; *line;) {
    char *end = strchr(line, '\n');
    size_t width = end ? (size_t)(end - line) : strlen(line);
    ++line_number;
    struct record record;
    const char *wrong = width == record_length ? parse(line, &record) : "length";
    if (wrong) {
      char message[line_most];
      snprintf(message, sizeof message, "record %zu: %s", line_number, wrong);
      free(text), free(out);
      return extism_fail(message);
    }
    used += (size_t)write_line(out + used, &record);
    line += width + (end ? 1 : 0);
  }
  extism_output(out, used);
  free(text), free(out);
  return 0;
}

static int dose_line(char *out, const struct record *record) {
  unsigned long long micrograms = record->mode == 'K' ? (unsigned long long)record->dose * record->weight / 100
                                                      : (unsigned long long)record->dose * surface_of(record) / 10000;
  char limited = micrograms > record->most ? 'L' : ' ';
  if (limited == 'L') micrograms = record->most;
  return snprintf(out, line_most, "%s%08llu%08llu%c\n", record->patient, micrograms, micrograms * record->daily, limited);
}

static int surface_line(char *out, const struct record *record) {
  unsigned long long surface = surface_of(record);
  return snprintf(out, line_most, "%s %llu.%04llu\n", record->patient, surface / 10000, surface % 10000);
}

EXTISM_EXPORT("dose") int32_t dose(void) {
  return each_record(dose_line);
}

EXTISM_EXPORT("surface") int32_t surface(void) {
  return each_record(surface_line);
}
