// SPDX-License-Identifier: Apache-2.0
// `ingotc inspect --symbols`: where each guest function lies in each object, from the line tables in the bundle's symbols section. Those say what a
// trap needs to know, which is not all that a linker knows: code at the entry of an export that belongs to no guest function counts for none, and a
// function that was inlined wherever it is called has no code.
#include <nlohmann/json.hpp>

#include <cstdio>
#include <map>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "format/symbols.hpp"
#include "limits.hpp"
#include "native/audit_elf.hpp"
#include "process/files.hpp"

namespace ingot::compiler::cli {
namespace {

constexpr std::size_t inlined_max = 64;  // how deep a chain of inlined functions is followed

/// The native code of one guest function with all that was inlined into it.
struct Code {
  std::uint64_t address = 0;  ///< of its first byte, as a disassembler of the object shows it
  std::uint64_t bytes = 0;
  std::uint32_t pieces = 0;   ///< places where it lies; the optimiser may move parts of it away
};

/// By function index.
std::map<std::uint32_t, Code> code_of(const format::SymbolsView& symbols, std::uint32_t target, const native::Text& text) {
  std::map<std::uint32_t, Code> functions;
  std::uint32_t previous = format::no_symbol;
  for (std::uint32_t row = 0; row < symbols.line_count(target); ++row) {
    const std::uint64_t begin = symbols.line_offset(target, row);
    const std::uint64_t end = row + 1 < symbols.line_count(target) ? symbols.line_offset(target, row + 1) : text.bytes.size();
    const auto places = symbols.locations(target, begin, inlined_max);
    const std::uint32_t function = places.empty() ? format::no_symbol : places.back().function;
    if (function != format::no_symbol && begin < end && end <= text.bytes.size()) {
      Code& code = functions[function];
      if (code.pieces == 0) code.address = text.address + begin;
      code.bytes += end - begin;
      code.pieces += function != previous ? 1 : 0;
    }
    previous = function;
  }
  return functions;
}

std::string name_of(const format::SymbolsView& symbols, std::uint32_t function) { return std::string(symbols.function_name(function)); }

}  // namespace

Result<void> inspect_symbols(const std::string& path, bool json) {
  INGOT_TRY(const format::Bytes bytes, process::read_file(path, limits::bundle_bytes_max, ErrorCode::verification));
  auto parsed = format::parse_bundle(bytes);
  if (!parsed.ok()) return std::move(parsed).error().with_context(path);
  const format::BundleView& view = *parsed;
  INGOT_TRY_VOID(format::check_digests(view));
  if (view.symbols.empty()) return Error{ErrorCode::not_found, path + ": the bundle has no symbols; build it again with this ingotc"};
  INGOT_TRY(const format::SymbolsView symbols, format::SymbolsView::parse(view.symbols));

  std::uint32_t imported = 0;
  for (const auto& import : view.manifest.imports) imported += import.kind == format::ExternKind::function ? 1 : 0;
  nlohmann::json functions = nlohmann::json::array();
  if (json) {
    for (std::uint32_t i = 0; i < symbols.function_count(); ++i) functions.push_back({{"index", i}, {"name", name_of(symbols, i)}, {"imported", i < imported}});
  }
  nlohmann::json targets = nlohmann::json::array();
  for (std::uint32_t target = 0; target < symbols.target_count() && target < view.objects.size(); ++target) {
    const auto& object = view.objects[target];
    auto text = native::audit_elf(object.bytes);
    if (!text.ok()) return std::move(text).error().with_context(path + ", object for " + object.level);
    const auto codes = code_of(symbols, target, *text);
    if (!json) {
      std::printf("%s: text of %zu bytes at 0x%llx, %zu functions\n%10s %12s %10s %6s  %s\n", printable(object.level).c_str(), text->bytes.size(),
                  static_cast<unsigned long long>(text->address), codes.size(), "function", "address", "bytes", "pieces", "name");
      for (const auto& [function, code] : codes) {
        std::printf("%10u %#12llx %10llu %6u  %s\n", function, static_cast<unsigned long long>(code.address), static_cast<unsigned long long>(code.bytes),
                    code.pieces, printable(name_of(symbols, function)).c_str());
      }
      continue;
    }
    nlohmann::json list = nlohmann::json::array();
    for (const auto& [function, code] : codes) list.push_back({{"index", function}, {"address", code.address}, {"bytes", code.bytes}, {"pieces", code.pieces}});
    targets.push_back({{"level", object.level}, {"text_address", text->address}, {"text_bytes", text->bytes.size()}, {"functions", std::move(list)}});
  }
  if (json) {
    const nlohmann::json result{{"kind", "symbols"}, {"functions", std::move(functions)}, {"targets", std::move(targets)}};
    std::printf("%s\n", result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  }
  return {};
}

}  // namespace ingot::compiler::cli
