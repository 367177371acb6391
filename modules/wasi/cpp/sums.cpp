// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE *)>;

File open(const std::string &path, const char *mode) { return File(std::fopen(path.c_str(), mode), std::fclose); }

std::string read(std::FILE *file) {
  std::string text;
  char part[512];
  for (std::size_t got; (got = std::fread(part, 1, sizeof part, file)) > 0;) text.append(part, got);
  return text;
}

}  // namespace

int main(int count, char **values) {
  const std::vector<std::string> arguments(values + 1, values + count);
  std::cout << arguments.size() << " arguments\n";
  for (const auto &argument : arguments) std::cout << "argument " << argument << '\n';
  if (const char *currency = std::getenv("CURRENCY")) std::cout << "currency " << currency << '\n';
  else std::cout << "no currency\n";

  std::vector<long long> amounts;
  for (std::string line; std::getline(std::cin, line);) amounts.push_back(std::strtoll(line.c_str(), nullptr, 10));
  std::cout << "sum " << std::accumulate(amounts.begin(), amounts.end(), 0ll) << '\n';

  const std::string folder = arguments.empty() ? "." : arguments[0];
  const auto file = open(folder + "/amounts.txt", "r");
  if (!file) {
    std::cout << "cannot read amounts.txt\n";
    return 3;
  }
  const std::string text = read(file.get());
  std::ostringstream report;
  report << std::count(text.begin(), text.end(), '\n') << " lines, " << text.size() << " bytes\n";
  std::cout << report.str() << std::flush;
  const auto written = open(folder + "/report.txt", "w");
  if (!written) std::abort();
  std::fputs(report.str().c_str(), written.get());
  std::cerr << "done\n";
  return arguments.size() > 1 ? std::atoi(arguments[1].c_str()) : 0;
}
