// SPDX-License-Identifier: Apache-2.0
#include "lower/segments.hpp"

#include <algorithm>
#include <string_view>

namespace ingot::compiler::lower {
namespace {

constexpr std::string_view definition = "const u8 data_segment_data_";
constexpr std::string_view unit = "const u8 ";
constexpr std::string_view opening = "[] = {";
constexpr std::string_view closing = "\n};\n";

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// "0x00, 0xff, " over any number of lines. False when there is anything else.
bool append_bytes(std::string& bytes, std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == ' ' || c == '\n') {
      ++at;
      continue;
    }
    if (text.size() - at < 5 || c != '0' || text[at + 1] != 'x' || text[at + 4] != ',') return false;
    const int high = digit_of(text[at + 2]);
    const int low = digit_of(text[at + 3]);
    if (high < 0 || low < 0) return false;
    bytes += static_cast<char>(high * 16 + low);
    at += 5;
  }
  return true;
}

bool is_symbol(std::string_view name) {
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && (c < '0' || c > '9') && c != '_') return false;
  }
  return !name.empty();
}

/// One symbol of the assembler file: `size` bytes of the binary file from `offset` on. The file is named once for all of them: clang maps it anew
/// for each `.incbin`, and Go's modules have tens of thousands of segments.
std::string symbol_text(const std::string& name, std::size_t offset, std::size_t size) {
  return ".globl " + name + "\n.hidden " + name + "\n.type " + name + ",@object\n.size " + name + "," + std::to_string(size) + "\n" +
         ".set " + name + ",.Lsegments+" + std::to_string(offset) + "\n";
}

Error unexpected() { return {ErrorCode::toolchain, "the translator wrote a data segment in another form than it should"}; }

}  // namespace

Result<Segments> extract_segments(SourceFiles& files) {
  std::string bytes;
  std::string assembly;
  for (auto& [file, text] : files) {
    if (!file.ends_with(".c")) continue;
    std::string rest;
    std::size_t kept = 0;
    for (std::size_t at = text.find(definition); at != std::string::npos; at = text.find(definition, kept)) {
      const std::size_t name_at = at + unit.size();
      const std::size_t line_end = std::min(text.find('\n', at), text.size());
      const std::size_t name_end = text.find(opening, name_at);
      if (name_end >= line_end) {  // a declaration
        rest.append(text, kept, line_end - kept);
        kept = line_end;
        continue;
      }
      const std::string name = text.substr(name_at, name_end - name_at);
      const std::size_t begin = name_end + opening.size();
      const std::size_t end = text.find(closing, begin);
      const std::size_t offset = bytes.size();
      if (!is_symbol(name) || end == std::string::npos) return unexpected();
      if (!append_bytes(bytes, std::string_view(text).substr(begin, end - begin))) return unexpected();
      // "static" stands before the definition when there is one part only.
      constexpr std::string_view local = "static ";
      const bool is_local = at >= local.size() && text.compare(at - local.size(), local.size(), local) == 0;
      rest.append(text, kept, at - kept - (is_local ? local.size() : 0));
      rest += "extern const u8 " + name + "[] __attribute__((visibility(\"hidden\")));\n";
      kept = end + closing.size();
      assembly += symbol_text(name, offset, bytes.size() - offset);
    }
    if (kept == 0) continue;
    rest.append(text, kept);
    text = std::move(rest);
  }
  if (assembly.empty()) return Segments{};
  const std::string begin = std::string(".section .rodata,\"a\",@progbits\n.Lsegments:\n.incbin \"") + segment_bytes_file + "\"\n";
  return Segments{std::move(bytes), begin + assembly + ".section .note.GNU-stack,\"\",@progbits\n"};
}

}  // namespace ingot::compiler::lower
