// SPDX-License-Identifier: Apache-2.0
#include "symbols/tables.hpp"

#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/Demangle/Demangle.h>
#include <llvm/Object/ELFObjectFile.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "base/ranges.hpp"
#include "limits.hpp"
#include "symbols/frame_table.hpp"

namespace ingot::compiler::native {
namespace {

constexpr std::size_t name_bytes_max = 512;
constexpr int substitutions_max = 32;
constexpr std::uint32_t inlined_max = 32;  // places that one address may be in

std::optional<std::uint32_t> number_of(std::string_view digits) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// From the translator's and the shim's names to the function that they stand for. "w2c_m_f12": function 12. "w2c_m_e3_0": what the
/// export at place 3 names ("w2c_m_e3" itself only wraps it). "w2c_h_f2": the thunk of imported function 2.
/// What the compiler cut off a function keeps the name before a dot.
std::uint32_t function_of(std::string_view name, const ingest::Module& module) {
  name = name.substr(0, name.find('.'));
  if (name.starts_with("w2c_m_f") || name.starts_with("w2c_h_f")) {
    const auto index = number_of(name.substr(7));
    return index && *index < module.functions.size() ? *index : format::no_symbol;
  }
  if (!name.starts_with("w2c_m_e")) return format::no_symbol;
  const std::size_t end = name.find('_', 7);
  if (end == std::string_view::npos) return format::no_symbol;
  const auto place = number_of(name.substr(7, end - 7));
  if (!place || *place >= module.exports.size()) return format::no_symbol;
  const ingest::ModuleExport& exported = module.exports[*place];
  return exported.kind == format::ExternKind::function ? exported.index : format::no_symbol;
}

/// Gives equal locations one number.
class Locations {
 public:
  explicit Locations(std::vector<format::Location>& list) : list_(list) {}
  std::uint32_t intern(const format::Location& location) {
    const auto [place, fresh] = numbers_.try_emplace(location, static_cast<std::uint32_t>(list_.size()));
    if (fresh) list_.push_back(location);
    return place->second;
  }

 private:
  std::vector<format::Location>& list_;
  std::map<format::Location, std::uint32_t> numbers_;
};

std::vector<std::uint64_t> addresses_of(llvm::DWARFContext& context) {
  std::vector<std::uint64_t> addresses;
  for (const auto& unit : context.compile_units()) {
    const auto* table = context.getLineTableForUnit(unit.get());
    if (table == nullptr) continue;
    for (const auto& row : table->Rows) addresses.push_back(row.Address.Address);
  }
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

class TargetReader {
 public:
  TargetReader(const ingest::Module& module, const lower::SourceLines& lines) : module_(module) {
    for (std::size_t i = 0; i < lines.files.size(); ++i) files_.emplace(lines.name_for_compiler(i), static_cast<std::uint32_t>(i));
  }

  void read_lines(llvm::DWARFContext& context, const llvm::object::ELF64LEObjectFile& elf, std::uint64_t text_address, std::uint64_t text_bytes) {
    const std::vector<Place> functions = places_of(elf, text_address, text_bytes);
    Locations locations(target_.locations);
    const llvm::DILineInfoSpecifier wanted(llvm::DILineInfoSpecifier::FileLineInfoKind::AbsoluteFilePath,
                                           llvm::DILineInfoSpecifier::FunctionNameKind::ShortName);
    for (const std::uint64_t address : addresses_of(context)) {
      if (address < text_address || address - text_address > text_bytes || address - text_address > UINT32_MAX) continue;
      const llvm::DIInliningInfo chain = context.getInliningInfoForAddress({address, llvm::object::SectionedAddress::UndefSection}, wanted);
      std::uint32_t place = format::no_symbol;
      const std::uint32_t depth = std::min(chain.getNumberOfFrames(), inlined_max);
      for (std::uint32_t i = depth; i > 0; --i) {
        llvm::DILineInfo frame = chain.getFrame(i - 1);
        // Line tables name no function that nothing was inlined into. Then the symbol table does.
        const bool outermost = i == chain.getNumberOfFrames();
        const bool named = frame.FunctionName != llvm::DILineInfo::BadString && !frame.FunctionName.empty();
        place = enter(locations, frame, outermost && !named ? function_at(functions, address - text_address) : function_of(frame.FunctionName, module_), place);
      }
      add_line(address - text_address, place);
    }
  }

  /// Where there are no line tables, which is where nothing is inlined: from the symbol table.
  void read_functions(const llvm::object::ELF64LEObjectFile& elf, std::uint64_t text_address, std::uint64_t text_bytes) {
    const std::vector<Place> places = places_of(elf, text_address, text_bytes);
    Locations locations(target_.locations);
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (i > 0 && places[i].begin == places[i - 1].begin) continue;  // two names of one function: the guest's number comes first
      add_line(places[i].begin, places[i].function == format::no_symbol ? format::no_symbol : locations.intern({places[i].function, format::no_symbol, 0, format::no_symbol}));
      const std::uint64_t end = places[i].begin + places[i].bytes;
      if (i + 1 == places.size() || end < places[i + 1].begin) add_line(end, format::no_symbol);
    }
  }

  void read_unwind(llvm::StringRef frames, std::uint64_t text_address, std::uint64_t text_bytes) {
    target_.unwind = read_frames({reinterpret_cast<const std::uint8_t*>(frames.data()), frames.size()}, text_address, text_bytes);

  }

  format::Symbols::Target take() { return std::move(target_); }

 private:
  struct Place {
    std::uint64_t begin, bytes;
    std::uint32_t function;
  };

  /// The functions of the symbol table, by address.
  std::vector<Place> places_of(const llvm::object::ELF64LEObjectFile& elf, std::uint64_t text_address, std::uint64_t text_bytes) const {
    std::vector<Place> places;
    for (const llvm::object::ELFSymbolRef symbol : elf.symbols()) {
      auto name = symbol.getName();
      auto address = symbol.getAddress();
      const bool readable = name && address;
      if (!name) llvm::consumeError(name.takeError());
      if (!address) llvm::consumeError(address.takeError());
      if (!readable || symbol.getELFType() != llvm::ELF::STT_FUNC || *address < text_address) continue;
      const std::uint64_t begin = *address - text_address;
      if (begin > UINT32_MAX || !contains(text_bytes, begin, symbol.getSize())) continue;
      places.push_back({begin, symbol.getSize(), function_of(std::string_view(name->data(), name->size()), module_)});
    }
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.begin != b.begin ? a.begin < b.begin : a.function < b.function; });
    return places;
  }

  static std::uint32_t function_at(const std::vector<Place>& places, std::uint64_t offset) {
    auto after = std::upper_bound(places.begin(), places.end(), offset, [](std::uint64_t value, const Place& place) { return value < place.begin; });
    if (after == places.begin()) return format::no_symbol;
    const std::uint64_t begin = (--after)->begin;
    while (after != places.begin() && (after - 1)->begin == begin) --after;  // two names of one function: the guest's number comes first
    return offset - begin < after->bytes ? after->function : format::no_symbol;
  }

  void add_line(std::uint64_t text_offset, std::uint32_t location) {
    if (target_.lines.empty() ? location == format::no_symbol : target_.lines.back().location == location) return;
    target_.lines.push_back({static_cast<std::uint32_t>(text_offset), location});
  }

  /// Helpers of the translator inside a guest function are part of the line that uses them.
  std::uint32_t enter(Locations& locations, const llvm::DILineInfo& frame, std::uint32_t function, std::uint32_t caller) {
    if (function == format::no_symbol) return caller;
    format::Location location{function, format::no_symbol, 0, caller};
    if (const auto file = files_.find(frame.FileName); file != files_.end() && frame.Line != 0) {
      location.file = file->second;
      location.line = frame.Line;
    }
    return locations.intern(location);
  }

  const ingest::Module& module_;
  std::map<std::string, std::uint32_t> files_;
  format::Symbols::Target target_;
};

/// Rust's first mangling ends names in a hash: "core::fmt::write::h0123456789abcdef".
void drop_hash(std::string& name) {
  if (name.size() < 20) return;
  const std::string_view end = std::string_view(name).substr(name.size() - 19);
  if (end.starts_with("::h") && end.substr(3).find_first_not_of("0123456789abcdef") == std::string_view::npos) name.resize(name.size() - 19);
}

}  // namespace

std::string readable_name(const std::string& name) {
  const bool mangled = name.starts_with("_Z") || name.starts_with("_R");
  if (!mangled || name.size() > name_bytes_max) return name;
  // Substitutions let a short name stand for an exponentially long one.
  if (std::count_if(name.begin(), name.end(), [](char c) { return c == 'S' || c == 'T' || c == 'B'; }) > substitutions_max) return name;
  std::string text = llvm::demangle(name);
  if (name.starts_with("_Z")) drop_hash(text);
  return text.empty() || text.size() > name_bytes_max ? name : text;
}

std::vector<std::string> function_names(const ingest::Module& module) {
  std::vector<std::string> names(module.functions.size());
  for (std::size_t i = 0; i < std::min(names.size(), module.function_names.size()); ++i) names[i] = readable_name(module.function_names[i]);
  std::size_t index = 0;
  for (const ingest::ModuleImport& import : module.imports) {
    if (import.kind != format::ExternKind::function) continue;
    std::string& name = names[index++];
    if (name.empty()) name = import.module + "." + import.name;
  }
  for (const ingest::ModuleExport& exported : module.exports) {
    if (exported.kind == format::ExternKind::function && names[exported.index].empty()) names[exported.index] = exported.name;
  }
  return names;
}

format::Symbols::Target read_target(format::ByteView unstripped, const ingest::Module& module, const lower::SourceLines& lines) {
  const llvm::MemoryBufferRef buffer({reinterpret_cast<const char*>(unstripped.data()), unstripped.size()}, "object");
  auto object = llvm::object::ObjectFile::createELFObjectFile(buffer);
  if (!object) {
    llvm::consumeError(object.takeError());
    return {};
  }
  const auto* elf = llvm::dyn_cast<llvm::object::ELF64LEObjectFile>(object->get());
  if (elf == nullptr) return {};
  auto segments = elf->getELFFile().program_headers();
  if (!segments) {
    llvm::consumeError(segments.takeError());
    return {};
  }
  TargetReader reader(module, lines);
  for (const auto& segment : *segments) {
    if (segment.p_type != llvm::ELF::PT_LOAD || (segment.p_flags & llvm::ELF::PF_X) == 0) continue;
    for (const auto& section : elf->sections()) {
      auto name = section.getName();
      auto content = section.getContents();
      if (name && content && *name == ".debug_frame") reader.read_unwind(*content, segment.p_vaddr, segment.p_memsz);
      if (!name) llvm::consumeError(name.takeError());
      if (!content) llvm::consumeError(content.takeError());
    }
    const auto quiet = [](llvm::Error error) { llvm::consumeError(std::move(error)); };
    const auto context = llvm::DWARFContext::create(*elf, llvm::DWARFContext::ProcessDebugRelocations::Ignore, nullptr, "", quiet, quiet);
    if (context->getNumCompileUnits() == 0) {
      reader.read_functions(*elf, segment.p_vaddr, segment.p_memsz);
    } else {
      reader.read_lines(*context, *elf, segment.p_vaddr, segment.p_memsz);
    }
    break;
  }
  return reader.take();
}

}  // namespace ingot::compiler::native
