// SPDX-License-Identifier: Apache-2.0
#include "lower/mark_lines.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "ingest/cursor.hpp"
#include "ingest/instructions.hpp"

namespace ingot::compiler::lower {
namespace {

using format::Bytes;
using format::ByteView;

constexpr std::size_t marks_max = (std::size_t{1} << 28) - 1;
constexpr std::uint64_t first_prefix = 0x2b5ca6e31;  // any number of 34 bits with the top one set
constexpr const char* no_guest_file = "/<ingot>";

void append_leb(Bytes& bytes, std::uint64_t value) {
  do {
    const auto low = static_cast<std::uint8_t>(value & 0x7f);
    value >>= 7;
    bytes.push_back(value != 0 ? static_cast<std::uint8_t>(low | 0x80) : low);
  } while (value != 0);
}

/// i64.const value, drop. Bit 62 of a value is always zero, so that nine bytes of signed LEB128 hold it.
void append_mark(Bytes& bytes, std::uint64_t value) {
  bytes.push_back(0x42);
  append_leb(bytes, value);
  bytes.push_back(0x1a);
}

/// Whatever constant begins with the prefix has these bytes in its LEB128, however that is padded.
Bytes trace_of(std::uint64_t prefix) {
  Bytes bytes;
  append_leb(bytes, prefix);
  bytes.pop_back();
  return bytes;
}

std::uint64_t free_prefix(ByteView code) {
  for (std::uint64_t prefix = first_prefix;; ++prefix) {
    const Bytes trace = trace_of(prefix);
    if (std::search(code.begin(), code.end(), trace.begin(), trace.end()) == code.end()) return prefix;
  }
}

struct Body {
  std::uint64_t code_begin = 0;                  ///< of the first instruction, behind the locals
  std::vector<std::uint64_t> instructions;       ///< where each begins
};

std::optional<Body> walk(ByteView wasm, const ingest::Range& range) {
  ingest::Cursor cursor(wasm, range.begin, range.end, "body");
  const std::uint32_t groups = cursor.u32();
  for (std::uint32_t i = 0; i < groups && cursor.ok(); ++i) {
    cursor.u32();
    ingest::read_value_type(cursor);
  }
  Body body;
  body.code_begin = cursor.offset();
  ingest::CodeFacts facts;
  ingest::walk_expression(cursor, facts, &body.instructions);
  if (!cursor.ok()) return std::nullopt;
  return body;
}

using Rows = std::vector<SourceLines::Row>;

/// The rows of one function, each at an instruction; or its first line alone when that cannot be.
Rows rows_for(const Body& body, Rows::const_iterator begin, Rows::const_iterator end) {
  Rows rows;
  for (auto row = begin; row != end; ++row) {
    SourceLines::Row placed = *row;
    placed.offset = std::max(placed.offset, body.code_begin);
    if (!std::binary_search(body.instructions.begin(), body.instructions.end(), placed.offset)) {
      return {{body.code_begin, begin->file, begin->line}};
    }
    if (!rows.empty() && rows.back().offset == placed.offset) rows.back() = placed;
    else if (rows.empty() || rows.back().file != placed.file || rows.back().line != placed.line) rows.push_back(placed);
  }
  return rows;
}

std::string directive(const SourceLines& lines, const SourceLines::Row& row) {
  if (row.line == 0) return std::string("#line 0 \"") + no_guest_file + "\"\n";
  return "#line " + std::to_string(row.line) + " \"" + lines.name_for_compiler(row.file) + "\"\n";
}

/// Everything behind a directive stands on one line, since line numbers count on. Only directives end lines.
void append_joined(std::string& result, std::string_view line) {
  const bool is_directive = line.starts_with('#');
  if (is_directive && !result.empty() && result.back() != '\n') result += '\n';
  result += line;
  result += is_directive ? '\n' : ' ';
}

/// The number of the mark in "  var_j3 = 123ull;", if it is one.
std::optional<std::size_t> mark_in(std::string_view line, const Marks& marks) {
  const std::size_t name = line.find_first_not_of(' ');
  if (name == std::string_view::npos || !line.substr(name).starts_with("var_j") || !line.ends_with("ull;")) return std::nullopt;
  const std::size_t equals = line.find(" = ", name);
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view digits = line.substr(equals + 3, line.size() - equals - 3 - 4);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value >> 28 != marks.prefix) return std::nullopt;
  const std::size_t number = value & marks_max;
  return number < marks.rows.size() ? std::optional(number) : std::nullopt;
}

std::string with_lines(std::string_view text, const SourceLines& lines, const Marks& marks) {
  std::string result;
  std::string head;     // of the definition that we are in, up to its first mark
  bool marked = false;  // it has had one
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    const std::string_view line = text.substr(0, end);
    const std::string_view with_end = text.substr(0, end + 1);
    text.remove_prefix(end + 1);
    if (const auto number = mark_in(line, marks)) {
      const std::string line_directive = directive(lines, marks.rows[*number]);
      if (!marked) {
        result += line_directive;
        while (!head.empty()) {
          const std::size_t head_end = head.find('\n');
          append_joined(result, std::string_view(head).substr(0, head_end));
          head.erase(0, head_end + 1);
        }
      }
      marked = true;
      append_joined(result, std::string_view(line_directive).substr(0, line_directive.size() - 1));
    } else if (marked && line != "}") {
      append_joined(result, line);
    } else if (marked) {
      result += std::string("}\n#line 1 \"") + no_guest_file + "\"\n";
      marked = false;
    } else {
      head += with_end;
      if (line.empty() || line == "}") {
        result += head;
        head.clear();
      }
    }
  }
  return result + head;
}

}  // namespace

Bytes mark_code(const ingest::Module& module, ByteView wasm, const SourceLines& lines, Marks& marks) {
  Bytes code;
  const auto section = std::find_if(module.sections.begin(), module.sections.end(),
                                    [](const ingest::Section& each) { return each.id == ingest::SectionId::code; });
  if (section == module.sections.end()) return code;
  const ByteView content = wasm.subspan(section->content.begin, section->content.size());
  if (lines.rows.empty()) return {content.begin(), content.end()};
  marks.prefix = free_prefix(content);
  append_leb(code, module.bodies.size());
  auto row = lines.rows.begin();
  for (const ingest::Range& range : module.bodies) {
    // A row may stand in the length field before the body.
    const auto first = row;
    while (row != lines.rows.end() && row->offset < range.end) ++row;
    Bytes body;
    const auto walked = first == row ? std::nullopt : walk(wasm, range);
    std::uint64_t copied = range.begin;
    if (walked) {
      for (const SourceLines::Row& placed : rows_for(*walked, first, row)) {
        if (marks.rows.size() == marks_max) break;
        body.insert(body.end(), wasm.begin() + static_cast<std::ptrdiff_t>(copied), wasm.begin() + static_cast<std::ptrdiff_t>(placed.offset));
        copied = placed.offset;
        append_mark(body, marks.value(marks.rows.size()));
        marks.rows.push_back(placed);
      }
    }
    body.insert(body.end(), wasm.begin() + static_cast<std::ptrdiff_t>(copied), wasm.begin() + static_cast<std::ptrdiff_t>(range.end));
    append_leb(code, body.size());
    code.insert(code.end(), body.begin(), body.end());
  }
  return code;
}

void place_lines(SourceFiles& files, const SourceLines& lines, const Marks& marks) {
  if (marks.prefix == 0) return;
  for (auto& [name, text] : files) {
    if (name.ends_with(".c")) text = with_lines(text, lines, marks);
  }
}

}  // namespace ingot::compiler::lower
