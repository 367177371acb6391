// SPDX-License-Identifier: Apache-2.0
//
// A module's own line tables. Only the line programs and the heads of compilation units are read, never the trees of types and variables,
// and whatever is wrong with them costs the lines of what they describe and nothing else: DWARF is a comment in the eyes of WebAssembly.

#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/Support/MemoryBuffer.h>

#include <algorithm>
#include <map>
#include <optional>

#include "ingest/cursor.hpp"
#include "ingest/instructions.hpp"
#include "limits.hpp"
#include "products.hpp"

namespace ingot::compiler::native {
namespace {

using lower::SourceLines;

constexpr std::size_t path_bytes_max = 1024;
constexpr std::size_t rows_max = 4'000'000;
constexpr std::size_t files_max = 100'000;
constexpr std::uint64_t entry_slack = 5;  // tables may begin a function at the length field before its body

const ingest::Range* code_section(const ingest::Module& module) {
  for (const ingest::Section& section : module.sections) {
    if (section.id == ingest::SectionId::code) return &section.content;
  }
  return nullptr;
}

/// The module's DWARF by LLVM's names for it ("debug_line"). LLVM's own reader of modules ends the program where a module is damaged.
llvm::StringMap<std::unique_ptr<llvm::MemoryBuffer>> debug_sections(const format::Bytes& wasm) {
  llvm::StringMap<std::unique_ptr<llvm::MemoryBuffer>> sections;
  ingest::Cursor cursor(wasm, 8, wasm.size(), "the module");
  while (!cursor.at_end()) {
    const std::uint8_t id = cursor.u8();
    const std::uint32_t length = cursor.u32();
    ingest::Cursor section = cursor.sub(length, "section");
    if (id != static_cast<std::uint8_t>(ingest::SectionId::custom) || !section.ok()) continue;
    const std::string name = section.name();
    if (!section.ok() || !name.starts_with(".debug_")) continue;
    const format::ByteView content = section.bytes(section.end() - section.offset());
    sections.try_emplace(name.substr(1), llvm::MemoryBuffer::getMemBuffer(
                                             {reinterpret_cast<const char*>(content.data()), content.size()}, name, false));
  }
  return sections;
}

/// Fit to stand in a #line directive and in a report.
bool acceptable(const std::string& path) {
  const bool plain = std::none_of(path.begin(), path.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '"' || c == '\\'; });
  return !path.empty() && path.size() <= path_bytes_max && plain && ingest::is_utf8(path);
}

class Reader {
 public:
  Reader(const ingest::Module& module, format::ByteView wasm, std::uint64_t code_begin, SourceLines& lines)
      : module_(module), wasm_(wasm), code_begin_(code_begin), lines_(lines) {}

  void read(llvm::DWARFContext& context) {
    const auto quiet = [](llvm::Error error) { llvm::consumeError(std::move(error)); };
    for (const auto& unit : context.compile_units()) {
      const char* folder = unit->getCompilationDir();
      auto table = context.getLineTableForUnit(unit.get(), quiet);
      if (!table) {
        llvm::consumeError(table.takeError());
        continue;
      }
      if (*table != nullptr) read_table(**table, folder == nullptr ? "" : folder);
    }
    for (auto& [body, rows] : by_body_) lines_.rows.insert(lines_.rows.end(), rows.begin(), rows.end());
  }

 private:
  using LineTable = llvm::DWARFDebugLine::LineTable;
  using Kind = llvm::DILineInfoSpecifier::FileLineInfoKind;

  void read_table(const LineTable& table, const std::string& folder) {
    std::map<std::uint64_t, std::optional<std::uint32_t>> files;  // by the table's number
    bool begins = true;
    bool believed = false;
    for (const auto& row : table.Rows) {
      const std::uint64_t offset = code_begin_ + row.Address.Address;
      const bool first = begins;
      begins = row.EndSequence;
      // The linker leaves tables of code that it dropped, at addresses where other code or none lies: a sequence counts only when it begins
      // where a function does.
      if (first) believed = row.Address.Address <= limits::module_bytes_max && begins_function(offset);
      if (!believed || row.EndSequence || row.Address.Address > limits::module_bytes_max || ++row_count_ > rows_max) continue;
      const auto body = body_of(offset);
      if (!body) continue;
      const auto [known, fresh] = files.try_emplace(row.File);
      if (fresh) known->second = file(table, row.File, folder);
      SourceLines::Row entry{offset, known->second.value_or(0), known->second && row.Line <= INT32_MAX ? row.Line : 0};
      auto& rows = by_body_[*body];
      if (!rows.empty() && rows.back().offset > entry.offset) continue;  // told twice: the first table is believed
      if (!rows.empty() && rows.back().offset == entry.offset) rows.back() = entry;
      else rows.push_back(entry);
    }
  }

  std::optional<std::size_t> body_of(std::uint64_t offset) const {
    const auto& bodies = module_.bodies;
    const auto after = std::upper_bound(bodies.begin(), bodies.end(), offset + entry_slack,
                                        [](std::uint64_t value, const ingest::Range& body) { return value < body.begin; });
    for (auto body = after; body != bodies.begin();) {
      --body;
      if (body->end <= offset) break;
      // The slack before a body is the end of the one before it: the inner one wins.
      if (body->begin <= offset || body == bodies.begin() || std::prev(body)->end <= offset) return static_cast<std::size_t>(body - bodies.begin());
    }
    return std::nullopt;
  }

  bool begins_function(std::uint64_t offset) const {
    const auto body = body_of(offset);
    if (!body) return false;
    const ingest::Range& range = module_.bodies[*body];
    ingest::Cursor cursor(wasm_, range.begin, range.end, "body");
    const std::uint32_t groups = cursor.u32();
    for (std::uint32_t i = 0; i < groups && cursor.ok(); ++i) {
      cursor.u32();
      ingest::read_value_type(cursor);
    }
    return cursor.ok() && offset <= cursor.offset();
  }

  std::optional<std::uint32_t> file(const LineTable& table, std::uint64_t number, const std::string& folder) {
    SourceLines::File found;
    if (!table.getFileNameByIndex(number, folder, Kind::AbsoluteFilePath, found.path) ||
        !table.getFileNameByIndex(number, folder, Kind::RelativeFilePath, found.shown)) {
      return std::nullopt;
    }
    if (!folder.empty() && found.shown.starts_with(folder + "/")) found.shown.erase(0, folder.size() + 1);
    if (!found.path.starts_with('/')) found.path.insert(0, "/");
    if (!acceptable(found.path) || !acceptable(found.shown)) return std::nullopt;
    const auto [place, fresh] = numbers_.try_emplace(found.path, static_cast<std::uint32_t>(lines_.files.size()));
    if (fresh && lines_.files.size() == files_max) return std::nullopt;
    if (fresh) lines_.files.push_back(std::move(found));
    return place->second;
  }

  const ingest::Module& module_;
  format::ByteView wasm_;
  std::uint64_t code_begin_;
  SourceLines& lines_;
  std::map<std::string, std::uint32_t> numbers_;
  std::map<std::size_t, std::vector<SourceLines::Row>> by_body_;
  std::size_t row_count_ = 0;
};

}  // namespace

AgreedModule with_source_lines(AgreedModule agreed, const Request& request) {
  auto lines = std::make_shared<SourceLines>();
  lines->real_paths = request.optimisation == Optimisation::debug;
  const ingest::Range* code = code_section(agreed.module());
  const format::Bytes& wasm = agreed.inputs().wasm();
  const auto sections = debug_sections(wasm);
  if (!sections.empty() && code != nullptr) {
    const auto quiet = [](llvm::Error error) { llvm::consumeError(std::move(error)); };
    const auto context = llvm::DWARFContext::create(sections, 4, true, quiet, quiet);
    Reader(agreed.module(), wasm, code->begin, *lines).read(*context);
  }
  agreed.lines_ = std::move(lines);
  return agreed;
}

}  // namespace ingot::compiler::native
