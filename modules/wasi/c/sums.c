// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **arguments) {
  printf("%d arguments\n", count - 1);
  for (int index = 1; index < count; ++index) printf("argument %s\n", arguments[index]);
  const char *currency = getenv("CURRENCY");
  if (currency) printf("currency %s\n", currency);
  else puts("no currency");

  long long sum = 0;
  char line[128];
  while (fgets(line, sizeof line, stdin)) sum += strtoll(line, NULL, 10);
  printf("sum %lld\n", sum);

  char path[512];
  const char *folder = count > 1 ? arguments[1] : ".";
  snprintf(path, sizeof path, "%s/amounts.txt", folder);
  FILE *amounts = fopen(path, "r");
  if (!amounts) {
    puts("cannot read amounts.txt");
    return 3;
  }
  long lines = 0, bytes = 0;
  for (int byte; (byte = getc(amounts)) != EOF; ++bytes) lines += byte == '\n';
  fclose(amounts);
  printf("%ld lines, %ld bytes\n", lines, bytes);

  snprintf(path, sizeof path, "%s/report.txt", folder);
  FILE *report = fopen(path, "w");
  if (!report) abort();
  fprintf(report, "%ld lines, %ld bytes\n", lines, bytes);
  fclose(report);
  fputs("done\n", stderr);
  return count > 2 ? atoi(arguments[2]) : 0;
}
