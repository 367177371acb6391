// SPDX-License-Identifier: Apache-2.0
#include "lower/thin_lines.hpp"

#include <string_view>

namespace ingot::compiler::lower {
namespace {

constexpr std::string_view helper = "static inline ";
constexpr std::string_view hidden = "static inline __attribute__((nodebug)) ";

/// "u32 w2c_m_f12(w2c_m* instance) {": where a function that the translator made begins.
bool begins_function(std::string_view line) {
  return line.ends_with('{') && line.find(" w2c_m_") != std::string_view::npos && line.find('=') == std::string_view::npos &&
         line.find('(') != std::string_view::npos && line.front() != ' ' && line.front() != '#';
}

std::string joined(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  bool inside = false;
  bool fresh = true;  // the result stands at the beginning of a line
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (!inside && !line.empty()) inside = begins_function(line);
    const bool directive = !line.empty() && line.front() == '#';
    const bool last = line == "}";
    if (directive && !fresh) result += '\n';
    result += line;
    fresh = !inside || directive || last || line.ends_with('\\');
    result += fresh ? '\n' : ' ';
    if (last) inside = false;
  }
  return result;
}

}  // namespace

void hide_helpers(std::string& text) {
  if (text.find(helper) == std::string::npos) return;
  std::string result;
  result.reserve(text.size());
  std::size_t copied = 0;
  for (std::size_t at = text.find(helper); at != std::string::npos; at = text.find(helper, at + 1)) {
    result.append(text, copied, at - copied);
    result += hidden;
    copied = at + helper.size();
  }
  text = result.append(text, copied);
}

void join_lines(std::string& text) { text = joined(text); }

}  // namespace ingot::compiler::lower
