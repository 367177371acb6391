// SPDX-License-Identifier: Apache-2.0
// A program that looks at all that a C library reaches through WASI and writes down what it saw: the same lines under every runtime that is right. Its folder is /here.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *said(int result) { return result >= 0 ? "ok" : strerror(errno); }
#define SHOW(call) printf("%s: %s\n", #call, said(call))

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void list(const char *path) {
  DIR *directory = opendir(path);
  if (!directory) {
    printf("opendir %s: %s\n", path, strerror(errno));
    return;
  }
  char *names[256];
  int count = 0;
  for (struct dirent *entry; (entry = readdir(directory)) && count < 256;) {
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) names[count++] = strdup(entry->d_name);
  }
  closedir(directory);
  qsort(names, count, sizeof *names, by_name);
  printf("%s has %d:", path, count);
  for (int i = 0; i < count; ++i) printf(" %s", names[i]);
  printf("\n");
}

static void stat_of(const char *path) {
  struct stat about;
  if (lstat(path, &about) < 0) {
    printf("lstat %s: %s\n", path, strerror(errno));
    return;
  }
  const char *kind = S_ISDIR(about.st_mode) ? "directory" : S_ISREG(about.st_mode) ? "file" : S_ISLNK(about.st_mode) ? "link" : "other";
  printf("%s is a %s", path, kind);
  if (S_ISREG(about.st_mode)) printf(" of %lld bytes with %d names", (long long)about.st_size, (int)about.st_nlink);
  printf("\n");
}

static void files(void) {
  FILE *file = fopen("/here/made", "w+");
  if (!file) {
    printf("fopen: %s\n", strerror(errno));
    return;
  }
  for (int i = 0; i < 1000; ++i) fprintf(file, "line %d\n", i);
  fseek(file, -9, SEEK_END);
  char text[64];
  printf("last line: %s", fgets(text, sizeof text, file) ? text : "none\n");
  printf("position %ld, rewound %d", ftell(file), fseek(file, 5, SEEK_SET));
  printf(", there '%c'\n", fgetc(file));
  fclose(file);
  stat_of("/here/made");
  const int fd = open("/here/made", O_RDWR | O_APPEND);
  SHOW((int)write(fd, "appended", 8));
  char bytes[9] = {0};
  SHOW((int)pread(fd, bytes, 8, 8890));
  printf("read '%s'\n", bytes);
  SHOW((int)pwrite(fd, "", 0, 0));
  SHOW(ftruncate(fd, 10));
  SHOW(fsync(fd));
  const struct timespec times[2] = {{1000000000, 0}, {1500000000, 0}};
  SHOW(futimens(fd, times));
  struct stat about;
  SHOW(fstat(fd, &about));
  printf("modified at %lld\n", (long long)about.st_mtim.tv_sec);  // Node keeps whole seconds
  SHOW(close(fd));
  SHOW(close(fd));
}

static void names(void) {
  SHOW(mkdir("/here/folder", 0777));
  SHOW(mkdir("/here/folder", 0777));
  SHOW(rename("/here/made", "/here/folder/moved"));
  SHOW(link("/here/folder/moved", "/here/second"));
  SHOW(symlink("folder/moved", "/here/link"));
  char target[64] = {0};
  SHOW((int)readlink("/here/link", target, sizeof target));
  printf("link to %s\n", target);
  SHOW(access("/here/link", R_OK));
  stat_of("/here/link");
  stat_of("/here/second");
  stat_of("/here/missing");
  SHOW(rmdir("/here/folder"));
  SHOW(unlink("/here/folder"));
  SHOW(unlink("/here/second"));
  SHOW(open("/here/folder/moved/x", O_RDONLY));
  SHOW(open("/here/folder", O_WRONLY));
  SHOW(open("/here/second", O_CREAT | O_EXCL | O_WRONLY, 0666));
  SHOW(open("/here/second", O_CREAT | O_EXCL | O_WRONLY, 0666));
  list("/here");
  list("/here/folder");
  list("/nowhere");
}

static void surroundings(int count, char **words) {
  for (int i = 1; i < count; ++i) printf("argument %d is '%s'\n", i, words[i]);
  printf("VALUE is %s, HOME is %s\n", getenv("VALUE"), getenv("HOME") ? "set" : "not set");
  struct timespec now, later, resolution;
  clock_gettime(CLOCK_MONOTONIC, &now);
  SHOW(usleep(20000));
  clock_gettime(CLOCK_MONOTONIC, &later);
  const long long ns = (later.tv_sec - now.tv_sec) * 1000000000ll + later.tv_nsec - now.tv_nsec;
  printf("slept long enough: %d, time is plausible: %d\n", ns >= 20000000, time(NULL) > 1700000000);
  SHOW(clock_getres(CLOCK_REALTIME, &resolution));
  unsigned char random[32] = {0};
  SHOW(getentropy(random, sizeof random));
  int set = 0;
  for (int i = 0; i < 32; ++i) set += random[i] != 0;
  printf("random: %d\n", set > 16);
  printf("a terminal: %d %d\n", isatty(0), isatty(1));
}

static void input(void) {
  struct pollfd wanted = {.fd = 0, .events = POLLIN};
  printf("input is ready: %d\n", poll(&wanted, 1, 2000));
  char line[100];
  int lines = 0;
  while (fgets(line, sizeof line, stdin)) ++lines;
  printf("%d lines of input\n", lines);
}

int main(int count, char **words) {
  surroundings(count, words);
  files();
  names();
  input();
  fprintf(stderr, "to the error stream\n");
  printf("end\n");
  return 42;
}
