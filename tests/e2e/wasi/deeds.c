// SPDX-License-Identifier: Apache-2.0
// One deed, by the first argument's name: what a runtime must survive, stop or pass on.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile int sink;

__attribute__((noinline)) static void deep(int times) {
  if (times == 0) __builtin_trap();
  deep(times - 1);
  sink = times;
}

static int write_to(const char *path) {
  const int fd = open(path, O_CREAT | O_WRONLY, 0666);
  if (fd < 0) {
    printf("%s\n", strerror(errno));
    return 1;
  }
  return 0;
}

int main(int count, char **words) {
  const char *deed = count > 1 ? words[1] : "";
  if (!strcmp(deed, "exit")) exit(atoi(words[2]));
  if (!strcmp(deed, "trap")) deep(3);
  if (!strcmp(deed, "abort")) abort();
  if (!strcmp(deed, "spin")) for (;;) sink = 1;
  if (!strcmp(deed, "sleep")) sleep(1000);
  if (!strcmp(deed, "wait")) return getchar() == EOF ? 5 : 6;
  if (!strcmp(deed, "grow")) {
    for (int mib = 0;; ++mib) {
      char *block = malloc(1 << 20);
      if (!block) {
        printf("%d MiB\n", mib);
        return 0;
      }
      memset(block, 1, 1 << 20);
      sink = block[mib];
    }
  }
  if (!strcmp(deed, "print")) {
    for (;;) {
      if (puts("the same line again and again, for as long as anybody reads it") < 0 || fflush(stdout) < 0) {
        fprintf(stderr, "%s\n", strerror(errno));
        return 9;
      }
    }
  }
  if (!strcmp(deed, "write")) return write_to(words[2]);
  if (!strcmp(deed, "cat")) {
    FILE *file = fopen(words[2], "r");
    if (!file) {
      printf("%s\n", strerror(errno));
      return 1;
    }
    for (int c; (c = getc(file)) != EOF;) putchar(c);
    return 0;
  }
  return 77;
}
