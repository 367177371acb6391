// SPDX-License-Identifier: Apache-2.0
#include "lower/own_declarations.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lower/each_text.hpp"

namespace ingot::compiler::lower {
namespace {

constexpr const char* header_name = "m-impl.h";
constexpr std::string_view include = "#include \"m-impl.h\"\n";

constexpr std::size_t shortest_name = std::string_view("w2c_m_f1").size();

/// Declared name to its place among those that are declared, which are in the header's order.
using Declarations = std::unordered_map<std::string_view, std::size_t>;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The word that ends at `end`.
std::string_view word_before(std::string_view line, std::size_t end) {
  std::size_t begin = end;
  while (begin > 0 && is_word(line[begin - 1])) --begin;
  return line.substr(begin, end - begin);
}

/// The name that the line declares, if it is a declaration and nothing else, of something that another part defines; or empty.
std::string_view declared_in(std::string_view line) {
  constexpr std::string_view type = "FUNC_TYPE_DECL_EXTERN_T(", array = "extern const ", parameters = "(w2c_m*";
  if (!line.ends_with(';') || line.find(';') + 1 != line.size() || line.find_first_of("{=#") != std::string_view::npos) return {};
  if (line.starts_with(type)) {
    const std::size_t end = line.find(')');
    return end == std::string_view::npos ? std::string_view() : word_before(line, end);
  }
  if (line.starts_with(array)) {
    const std::size_t end = line.find('[');
    return end == std::string_view::npos ? std::string_view() : word_before(line, end);
  }
  const std::size_t end = line.find(parameters);
  if (end == std::string_view::npos || !is_word(line.front()) || line.starts_with("static ") || line.starts_with("typedef ")) return {};
  const std::string_view name = word_before(line, end);
  return name.starts_with("w2c_m_") ? name : std::string_view();
}

template <class Found>
void for_each_mention(std::string_view text, const Declarations& declarations, const Found& found) {
  for (std::size_t at = 0; at < text.size();) {
    if (!is_word(text[at])) {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    while (at < text.size() && is_word(text[at])) ++at;
    if (at - begin < shortest_name) continue;
    const auto one = declarations.find(text.substr(begin, at - begin));
    if (one != declarations.end()) found(one->second);
  }
}

}  // namespace

void declare_where_mentioned(SourceFiles& files) {
  const auto header = files.find(header_name);
  if (header == files.end()) return;
  const std::string whole = std::move(header->second);

  // Declarations apart from the rest, outside of conditions and of macros that go on over lines.
  std::vector<std::string_view> lines, declaring;
  Declarations declarations;
  std::string rest;
  int conditions = 0;
  bool continued = false;
  for (std::size_t at = 0; at < whole.size();) {
    const std::size_t end = std::min(whole.find('\n', at), whole.size());
    const std::string_view line = std::string_view(whole).substr(at, end - at);
    at = end + 1;
    const bool alone = conditions == 0 && !continued;
    continued = line.ends_with('\\');
    if (line.starts_with("#if")) ++conditions;
    if (line.starts_with("#endif")) --conditions;
    const std::string_view name = alone ? declared_in(line) : std::string_view();
    lines.push_back(line);
    if (!name.empty() && declarations.emplace(name, declaring.size()).second) {
      declaring.push_back(line);
    } else {
      (rest += line) += '\n';
    }
  }

  // What the header mentions itself stays where it stands.
  std::vector<bool> kept(declaring.size());
  for_each_mention(rest, declarations, [&](std::size_t i) { kept[i] = true; });
  std::string& text_of_header = header->second = {};
  std::size_t next = 0;
  for (const std::string_view line : lines) {
    const bool declares = next < declaring.size() && line.data() == declaring[next].data();
    if (!declares || kept[next]) (text_of_header += line) += '\n';
    if (declares) ++next;
  }

  for_each_text(files, [&](const std::string&, std::string& text) {
    const std::size_t at = text.find(include);
    if (at == std::string::npos) return;
    std::vector<bool> mentioned(declaring.size());
    for_each_mention(text, declarations, [&](std::size_t i) { mentioned[i] = !kept[i]; });
    std::string own;
    for (std::size_t i = 0; i < declaring.size(); ++i) {
      if (mentioned[i]) (own += declaring[i]) += '\n';
    }
    text.insert(at + include.size(), own);
  });
}

}  // namespace ingot::compiler::lower
