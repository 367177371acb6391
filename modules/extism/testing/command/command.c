// SPDX-License-Identifier: Apache-2.0
// A plugin that is a program: its export is _start, every call begins anew, and it may leave with a code. For the tests.
#include <stdio.h>
#include <stdlib.h>

#include "extism.h"

static int calls;

int main(void) {
  char text[64] = {0};
  uint64_t length = extism_input_length();
  extism_input(0, text, length < sizeof text ? (size_t)length : sizeof text - 1);
  char *end = text;
  long code = strtol(text, &end, 10);
  if (end != text) exit((int)code);
  char said[128];
  int used = snprintf(said, sizeof said, "call %d of this start: %s", ++calls, text);
  extism_output(said, (size_t)used);
  return 0;
}
