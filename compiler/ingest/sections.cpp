// SPDX-License-Identifier: Apache-2.0
#include "ingest/sections.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "ingest/cursor.hpp"
#include "ingest/instructions.hpp"
#include "ingest/names.hpp"
#include "ingest/policy.hpp"
#include "limits.hpp"

namespace ingot::compiler::ingest {
namespace {

using format::ExternKind;
using format::Limits;

Limits read_limits(Cursor& cursor, bool is_memory) {
  const std::uint64_t at = cursor.offset();
  const std::uint8_t flags = cursor.u8();
  if ((flags & 0x02) != 0) refuse(cursor, Refused::threads, at);
  if ((flags & 0x04) != 0) refuse(cursor, Refused::memory64, at);
  if ((flags & 0x08) != 0) refuse(cursor, Refused::custom_page_sizes, at);
  if (flags > 1) cursor.fail_at(ErrorCode::invalid_wasm, at, "malformed limits");
  Limits limits{cursor.u32(), std::nullopt};
  if ((flags & 1) != 0) limits.max = cursor.u32();
  if (limits.max && *limits.max < limits.min) cursor.fail_at(ErrorCode::invalid_wasm, at, "a maximum is below its minimum");
  const bool too_large = std::max(limits.min, limits.max.value_or(0)) > limits::wasm32_pages_max;
  if (is_memory && too_large) cursor.fail_at(ErrorCode::invalid_wasm, at, "a memory is larger than 65536 pages");
  return limits;
}

TableType read_table(Cursor& cursor) {
  const std::uint64_t at = cursor.offset();
  if (cursor.peek() == 0x40) refuse(cursor, Refused::function_references, at);  // a table with an initialiser
  TableType table;
  table.element = read_reference_type(cursor);
  table.limits = read_limits(cursor, false);
  if (table.limits.min > limits::table_elements_max) {
    cursor.fail_at(ErrorCode::unsupported_wasm, at,
                   "a table of " + std::to_string(table.limits.min) + " elements is larger than the " +
                       std::to_string(limits::table_elements_max) + " that are accepted");
  }
  return table;
}

GlobalType read_global_type(Cursor& cursor) {
  GlobalType global;
  global.type = read_value_type(cursor);
  const std::uint64_t at = cursor.offset();
  const std::uint8_t flags = cursor.u8();
  if ((flags & 2) != 0) refuse(cursor, Refused::threads, at);
  if (flags > 1) cursor.fail_at(ErrorCode::invalid_wasm, at, "malformed mutability");
  global.is_mutable = flags == 1;
  return global;
}

class Reader {
 public:
  Reader(format::ByteView file, const Features& features) : file_(file) { module_.code.allowed = features; }

  Result<Module> read() {
    Cursor cursor(file_, 0, file_.size(), "the module");
    preamble(cursor);
    while (!cursor.at_end()) section(cursor);
    if (cursor.ok()) agreement(cursor);
    if (!cursor.ok()) return cursor.error();
    return std::move(module_);
  }

 private:
  void preamble(Cursor& cursor) {
    static constexpr std::array<std::uint8_t, 4> magic{0, 'a', 's', 'm'};
    if (file_.empty()) return cursor.fail("the file is empty");
    const auto first = cursor.bytes(std::min<std::uint64_t>(4, file_.size()));
    if (!std::equal(first.begin(), first.end(), magic.begin())) {
      return cursor.fail_at(ErrorCode::invalid_wasm, 0, "not a WebAssembly module (it does not begin with \\0asm)");
    }
    const auto version = cursor.bytes(4);
    if (!cursor.ok()) return;
    if (version[2] == 1 && version[3] == 0) {
      return cursor.fail_at(ErrorCode::unsupported_wasm, 4,
                            "this is a component (component model), not a core module; build a core module, or take the core module "
                            "out of the component");
    }
    if (version[0] != 1 || version[1] != 0 || version[2] != 0 || version[3] != 0) {
      cursor.fail_at(ErrorCode::invalid_wasm, 4, "unknown version of the binary format");
    }
  }

  void section(Cursor& cursor) {
    const std::uint64_t at = cursor.offset();
    const auto id = static_cast<SectionId>(cursor.u8());
    const std::uint32_t length = cursor.u32();
    Cursor content = cursor.sub(length, "section " + std::string(section_name(id)));
    if (!content.ok()) return cursor.adopt(content);
    if (id == SectionId::custom) {
      custom(content);
      return cursor.adopt(content);
    }
    module_.sections.push_back({id, {content.offset(), content.end()}});
    const int order = section_order(id);
    if (order == 0) return cursor.fail_at(ErrorCode::invalid_wasm, at, "unknown section " + std::to_string(static_cast<int>(id)));
    if (order <= last_order_) return cursor.fail_at(ErrorCode::invalid_wasm, at, "section " + std::string(section_name(id)) + " is out of order");
    last_order_ = order;
    dispatch(id, content);
    if (content.ok() && !content.at_end()) content.fail("bytes are left over");
    cursor.adopt(content);
  }

  static int section_order(SectionId id) {
    static constexpr std::array order{SectionId::type,    SectionId::import,  SectionId::function,   SectionId::table, SectionId::memory,
                                      SectionId::tag,     SectionId::global,  SectionId::exports,    SectionId::start, SectionId::element,
                                      SectionId::data_count, SectionId::code, SectionId::data};
    const auto found = std::find(order.begin(), order.end(), id);
    return found == order.end() ? 0 : static_cast<int>(found - order.begin()) + 1;
  }

  void dispatch(SectionId id, Cursor& cursor) {
    switch (id) {
      case SectionId::type: return types(cursor);
      case SectionId::import: return imports(cursor);
      case SectionId::function: return functions(cursor);
      case SectionId::table: return tables(cursor);
      case SectionId::memory: return memories(cursor);
      case SectionId::tag: return refuse(cursor, Refused::exceptions, cursor.offset());
      case SectionId::global: return globals(cursor);
      case SectionId::exports: return exports(cursor);
      case SectionId::start: module_.start = cursor.u32(); return;
      case SectionId::element: return elements(cursor);
      case SectionId::data_count: module_.data_count = cursor.count(limits::module_segments_max, "data segments"); return;
      case SectionId::code: return code(cursor);
      case SectionId::data: return data(cursor);
      case SectionId::custom: return;
    }
  }

  void custom(Cursor& cursor) {
    if (cursor.name() == "name" && cursor.ok()) module_.function_names = read_function_names(cursor);
  }

  void types(Cursor& cursor) {
    const std::uint32_t count = cursor.count(limits::module_types_max, "types");
    for (std::uint32_t i = 0; i < count && cursor.ok(); ++i) {
      const std::uint64_t at = cursor.offset();
      const std::uint8_t form = cursor.u8();
      if (form == 0x5e || form == 0x5f || form == 0x50 || form == 0x4f || form == 0x4e) return refuse(cursor, Refused::gc, at);
      if (form != 0x60) return cursor.fail_at(ErrorCode::invalid_wasm, at, "unknown form of type");
      format::FunctionType type;
      const std::uint32_t params = cursor.count(limits::function_params_max, "parameters");
      for (std::uint32_t k = 0; k < params && cursor.ok(); ++k) type.params.push_back(read_value_type(cursor));
      const std::uint32_t results = cursor.count(limits::function_results_max, "results");
      for (std::uint32_t k = 0; k < results && cursor.ok(); ++k) type.results.push_back(read_value_type(cursor));
      module_.types.push_back(std::move(type));
    }
  }

  std::uint32_t type_index(Cursor& cursor) {
    const std::uint64_t at = cursor.offset();
    const std::uint32_t index = cursor.u32();
    if (cursor.ok() && index >= module_.types.size()) cursor.fail_at(ErrorCode::invalid_wasm, at, "no such type");
    return index;
  }

  void add_memory(Cursor& cursor) {
    const std::uint64_t at = cursor.offset();
    if (module_.memories.size() == limits::module_memories_max) return refuse(cursor, Refused::multi_memory, at);
    module_.memories.push_back(read_limits(cursor, true));
  }

  void imports(Cursor& cursor) {
    const std::uint32_t count = cursor.count(limits::module_imports_max, "imports");
    for (std::uint32_t i = 0; i < count && cursor.ok(); ++i) {
      ModuleImport import;
      import.offset = cursor.offset();
      import.module = cursor.name();
      import.name = cursor.name();
      const std::uint64_t at = cursor.offset();
      const std::uint8_t kind = cursor.u8();
      if (kind == 4) return refuse(cursor, Refused::exceptions, at);
      if (kind == 0x7e || kind == 0x7f) return refuse(cursor, Refused::compact_imports, at);
      if (kind > 4) return cursor.fail_at(ErrorCode::invalid_wasm, at, "unknown kind of import");
      import.kind = static_cast<ExternKind>(kind);
      switch (import.kind) {
        case ExternKind::function:
          import.type_index = type_index(cursor);
          module_.functions.push_back(import.type_index);
          ++module_.function_import_count;
          break;
        case ExternKind::table: module_.tables.push_back(read_table(cursor)); break;
        case ExternKind::memory: add_memory(cursor); break;
        case ExternKind::global: module_.globals.push_back(read_global_type(cursor)); break;
      }
      import.description = {at, cursor.offset()};
      module_.imports.push_back(std::move(import));
    }
  }

  void functions(Cursor& cursor) {
    const std::uint32_t count = cursor.count(limits::module_functions_max, "functions");
    for (std::uint32_t i = 0; i < count && cursor.ok(); ++i) module_.functions.push_back(type_index(cursor));
  }

  void tables(Cursor& cursor) {
    const std::uint32_t count = cursor.count(limits::module_tables_max, "tables");
    for (std::uint32_t i = 0; i < count && cursor.ok(); ++i) module_.tables.push_back(read_table(cursor));
  }

  void memories(Cursor& cursor) {
    const std::uint32_t count = cursor.u32();
    for (std::uint32_t i = 0; i < count && cursor.ok(); ++i) add_memory(cursor);
  }

  void constant(Cursor& cursor) {
    CodeFacts ignored;
    ignored.allowed = module_.features();
    walk_expression(cursor, ignored);
  }

  void globals(Cursor& cursor) {
    const std::uint32_t count = cursor.count(limits::module_globals_max, "globals");
    for (std::uint32_t i = 0; i < count && cursor.ok(); ++i) {
      module_.globals.push_back(read_global_type(cursor));
      constant(cursor);
    }
  }

  void exports(Cursor& cursor) {
    const std::uint32_t count = cursor.count(limits::module_exports_max, "exports");
    std::unordered_set<std::string> names;
    for (std::uint32_t i = 0; i < count && cursor.ok(); ++i) {
      ModuleExport exported;
      exported.offset = cursor.offset();
      exported.name = cursor.name();
      if (cursor.ok() && !names.insert(exported.name).second) {
        return cursor.fail_at(ErrorCode::invalid_wasm, exported.offset, "a name is exported twice");
      }
      const std::uint64_t at = cursor.offset();
      const std::uint8_t kind = cursor.u8();
      if (kind == 4) return refuse(cursor, Refused::exceptions, at);
      if (kind > 4) return cursor.fail_at(ErrorCode::invalid_wasm, at, "unknown kind of export");
      exported.kind = static_cast<ExternKind>(kind);
      exported.index = cursor.u32();
      const std::array<std::size_t, 4> counts{module_.functions.size(), module_.tables.size(), module_.memories.size(),
                                              module_.globals.size()};
      if (cursor.ok() && exported.index >= counts[kind]) return cursor.fail_at(ErrorCode::invalid_wasm, at, "an export of something that does not exist");
      module_.exports.push_back(std::move(exported));
    }
  }

  void elements(Cursor& cursor) {
    const std::uint32_t count = cursor.count(limits::module_segments_max, "element segments");
    for (std::uint32_t i = 0; i < count && cursor.ok(); ++i) element(cursor);
    module_.element_segment_count = count;
  }

  // Flags: bit 0 not active; bit 1 explicit table (active) or declarative (not active); bit 2 expressions instead of indices.
  void element(Cursor& cursor) {
    const std::uint64_t at = cursor.offset();
    const std::uint32_t flags = cursor.u32();
    if (flags > 7) return cursor.fail_at(ErrorCode::invalid_wasm, at, "malformed element segment");
    const bool active = (flags & 1) == 0;
    const bool expressions = (flags & 4) != 0;
    if (active && (flags & 2) != 0) cursor.u32();
    if (active) constant(cursor);
    if ((flags & 3) != 0) {
      const std::uint64_t kind_at = cursor.offset();
      if (expressions) {
        read_reference_type(cursor);
      } else if (cursor.u8() != 0) {
        return cursor.fail_at(ErrorCode::invalid_wasm, kind_at, "malformed element segment");
      }
    }
    const std::uint32_t count = cursor.count(limits::table_elements_max, "elements in a segment");
    for (std::uint32_t i = 0; i < count && cursor.ok(); ++i) {
      if (expressions) {
        constant(cursor);
      } else {
        cursor.u32();
      }
    }
  }

  void code(Cursor& cursor) {
    const std::uint32_t count = cursor.count(limits::module_functions_max, "function bodies");
    for (std::uint32_t i = 0; i < count && cursor.ok(); ++i) {
      const std::uint32_t length = cursor.count(limits::function_bytes_max, "bytes in a function");
      Cursor body = cursor.sub(length, "section code");
      module_.bodies.push_back({body.offset(), body.end()});
      function_body(body);
      cursor.adopt(body);
    }
  }

  void function_body(Cursor& cursor) {
    const std::uint64_t at = cursor.offset();
    const std::uint32_t groups = cursor.count(limits::function_locals_max, "groups of locals");
    std::uint64_t locals = 0;
    for (std::uint32_t i = 0; i < groups && cursor.ok(); ++i) {
      locals += cursor.u32();
      read_value_type(cursor);
    }
    if (locals > limits::function_locals_max) {
      return cursor.fail_at(ErrorCode::unsupported_wasm, at, "a function has " + std::to_string(locals) + " locals, more than the " +
                                                                 std::to_string(limits::function_locals_max) + " that are accepted");
    }
    module_.code.locals_max = std::max(module_.code.locals_max, locals);
    walk_expression(cursor, module_.code);
    if (cursor.ok() && !cursor.at_end()) cursor.fail("bytes are left over behind a function");
  }

  void data(Cursor& cursor) {
    const std::uint32_t count = cursor.count(limits::module_segments_max, "data segments");
    for (std::uint32_t i = 0; i < count && cursor.ok(); ++i) {
      const std::uint64_t at = cursor.offset();
      const std::uint32_t flags = cursor.u32();
      if (flags > 2) return cursor.fail_at(ErrorCode::invalid_wasm, at, "malformed data segment");
      if (flags == 2 && cursor.u32() != 0) return refuse(cursor, Refused::multi_memory, at);
      if (flags != 1) constant(cursor);
      cursor.bytes(cursor.u32());
    }
    module_.data_segment_count = count;
  }

  /// What two sections must say alike.
  void agreement(Cursor& cursor) {
    if (module_.functions.size() - module_.function_import_count != module_.bodies.size()) {
      return cursor.fail("the function and code sections disagree on the number of functions");
    }
    if (module_.data_count && *module_.data_count != module_.data_segment_count) {
      return cursor.fail("the data count and data sections disagree on the number of segments");
    }
    if (module_.start && *module_.start >= module_.functions.size()) return cursor.fail("the start function does not exist");
    if (module_.function_names.size() > module_.functions.size()) module_.function_names.resize(module_.functions.size());
  }

  format::ByteView file_;
  Module module_;
  int last_order_ = 0;
};

}  // namespace

const char* section_name(SectionId id) {
  static constexpr std::array names{"custom", "type",    "import", "function", "table",      "memory", "global",
                                    "export", "start",   "element", "code",    "data",       "data count", "tag"};
  const auto index = static_cast<std::size_t>(id);
  return index < names.size() ? names[index] : "unknown";
}

Result<Module> read_module(format::ByteView file, const Features& features) { return Reader(file, features).read(); }

}  // namespace ingot::compiler::ingest
