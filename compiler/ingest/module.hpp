// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the compiler knows about a module after reading its sections: values, immutable once read. Code is known only by its place and
// by the few facts that a walk over its instructions gave. Offsets are into the module's bytes.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "features.hpp"
#include "format/manifest.hpp"

namespace ingot::compiler::ingest {

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t size() const { return end - begin; }
};

enum class SectionId : std::uint8_t {
  custom = 0,
  type = 1,
  import = 2,
  function = 3,
  table = 4,
  memory = 5,
  global = 6,
  exports = 7,
  start = 8,
  element = 9,
  code = 10,
  data = 11,
  data_count = 12,
  tag = 13,
};
const char* section_name(SectionId id);

struct Section {
  SectionId id = SectionId::custom;
  Range content;            ///< behind the length field
};

struct TableType {
  std::uint8_t element = 0; ///< INGOT_TYPE_FUNCREF or INGOT_TYPE_EXTERNREF
  format::Limits limits{};
};

struct GlobalType {
  std::uint8_t type = 0;
  bool is_mutable = false;
};

struct ModuleImport {
  std::string module, name;
  format::ExternKind kind = format::ExternKind::function;
  std::uint32_t type_index = 0;  ///< functions
  Range description;             ///< the bytes behind the two names
  std::uint64_t offset = 0;
};

struct ModuleExport {
  std::string name;
  format::ExternKind kind = format::ExternKind::function;
  std::uint32_t index = 0;
  std::uint64_t offset = 0;
};

/// A relaxed SIMD instruction.
struct RelaxedUse {
  Range place;             ///< prefix and opcode; there are no immediates
  std::uint32_t code = 0;  ///< behind the prefix: 0x100 to 0x113
};

/// What the walk over all code found, and what it let pass.
struct CodeFacts {
  Features allowed;
  std::vector<RelaxedUse> relaxed;       ///< in file order
  std::uint64_t memory_reach_max = 0;    ///< largest static offset + access width
  std::uint32_t nesting_depth_max = 0;
  std::uint64_t locals_max = 0;          ///< in one function, parameters not counted
  std::uint64_t instruction_count = 0;
};

struct Module {
  std::vector<Section> sections;         ///< in file order, without custom sections
  std::vector<format::FunctionType> types;
  std::vector<ModuleImport> imports;
  std::vector<ModuleExport> exports;
  // The index spaces, imports first.
  std::vector<std::uint32_t> functions;  ///< type indices
  std::vector<TableType> tables;
  std::vector<format::Limits> memories;
  std::vector<GlobalType> globals;
  std::uint32_t function_import_count = 0;
  std::optional<std::uint32_t> start;
  std::uint32_t element_segment_count = 0;
  std::optional<std::uint32_t> data_count;
  std::uint32_t data_segment_count = 0;
  std::vector<Range> bodies;             ///< of defined functions
  CodeFacts code;
  std::vector<std::string> function_names;  ///< from the name section; empty when there is none

  /// What the module was allowed to use when it was read.
  const Features& features() const { return code.allowed; }
  const format::FunctionType& function_type(std::uint32_t function) const { return types[functions[function]]; }
};

}  // namespace ingot::compiler::ingest
