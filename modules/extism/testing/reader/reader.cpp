// SPDX-License-Identifier: Apache-2.0
// Counts the words of a file in a folder that it was allowed: WASI beside the host's own functions, and C++'s library. For the tests.
#include <cstdio>
#include <map>
#include <sstream>
#include <string>

#include "extism.h"

namespace {

std::map<std::string, int> seen;  // made by a constructor that must have run

std::string input() {
  std::string text(static_cast<size_t>(extism_input_length()), '\0');
  extism_input(0, text.data(), text.size());
  return text;
}

}  // namespace

// A path in; how often each word is there out, and how often the file was asked for.
EXTISM_EXPORT("words") int32_t words() {
  const std::string path = input();
  std::FILE *file = std::fopen(path.c_str(), "r");
  if (file == nullptr) return extism_fail(("cannot read " + path).c_str());
  std::string text;
  char part[512];
  for (size_t got; (got = std::fread(part, 1, sizeof part, file)) > 0;) text.append(part, got);
  std::fclose(file);
  std::map<std::string, int> counts;
  std::istringstream in(text);
  for (std::string word; in >> word;) ++counts[word];
  std::ostringstream out;
  for (const auto &[word, count] : counts) out << word << ' ' << count << '\n';
  out << "asked " << ++seen[path] << '\n';
  const std::string said = out.str();
  extism_output(said.data(), said.size());
  return 0;
}

// A path in; writes a line there.
EXTISM_EXPORT("leave") int32_t leave() {
  const std::string path = input();
  std::FILE *file = std::fopen(path.c_str(), "w");
  if (file == nullptr) return extism_fail(("cannot write " + path).c_str());
  std::fputs("left by a plugin\n", file);
  std::fclose(file);
  return 0;
}
