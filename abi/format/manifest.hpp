// SPDX-License-Identifier: Apache-2.0
#pragma once
// The manifest of a bundle: what is inside and how it was made, as strict JSON (an unknown key is an error). It carries all names;
// the island carries only code. Values. Written by ingotc, read by ingot before anything is mapped.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace ingot::format {

/// A function type in the letters of the binary format (ingot/abi.h INGOT_TYPE_*).
struct FunctionType {
  std::vector<std::uint8_t> params;
  std::vector<std::uint8_t> results;
  bool operator==(const FunctionType&) const = default;
};

/// "(i32, i64) -> (f64)": how messages and inspect show a type.
std::string type_text(const FunctionType& type);
/// "i32", "v128", ...
std::string value_type_text(std::uint8_t type);
/// Slots of ingot_slot that one side of a call takes (v128 and externref take two, funcref four).
std::uint32_t slot_count(const std::vector<std::uint8_t>& types);

struct Limits {
  std::uint64_t min = 0;
  std::optional<std::uint64_t> max;
  bool operator==(const Limits&) const = default;
};

enum class ExternKind : std::uint8_t { function = 0, table = 1, memory = 2, global = 3 };

struct Import {
  std::string module, name;   ///< UTF-8; may hold any character
  ExternKind kind = ExternKind::function;
  FunctionType type{};        ///< functions only
  Limits limits{};            ///< memories (pages) and tables (elements): at least this, at most that
  std::uint8_t value_type = 0;///< globals and tables
  bool is_mutable = false;    ///< globals
};

struct Export {
  std::string name;
  ExternKind kind = ExternKind::function;
  FunctionType type{};        ///< functions only
  Limits limits{};            ///< memories (pages) and tables (elements)
  std::uint8_t value_type = 0;///< globals and tables
  bool is_mutable = false;    ///< globals
};

/// One compiled variant.
struct Target {
  std::string level;          ///< "x86-64-v2", "x86-64-v3", "x86-64-v4"
  std::string object_digest;  ///< SHA-256 of the object section, hex
  std::uint64_t object_bytes = 0;
};

/// What names a section's content.
struct Digested {
  std::string digest;         ///< SHA-256, hex
  std::uint64_t bytes = 0;
  bool operator==(const Digested&) const = default;
};

struct Manifest {
  std::uint32_t abi_version = 0;
  std::string rt_digest;            ///< SHA-256 of wasm-rt.h, hex
  std::string name;                 ///< module name: module.json's, or the file's stem
  std::string version;              ///< module.json's, or empty
  std::string contract;             ///< "eerp", "none", later "extism", "wasi", ...
  std::string module_digest;        ///< SHA-256 of the wasm as it was given, hex
  std::uint64_t module_bytes = 0;
  std::uint64_t rollback = 0;       ///< the rollback counter: as given, else SOURCE_DATE_EPOCH, else 0; never the clock
  Limits memory;                    ///< pages; zero when the module has no memory
  bool has_memory = false;
  std::uint64_t guard_bytes = 0;    ///< what the module's largest static offset needs behind 4 GiB
  std::string optimisation;         ///< "release", "dev" or "debug"
  std::vector<std::string> features;///< wasm features the module was validated with
  std::vector<Import> imports;
  std::vector<Export> exports;
  std::vector<Target> targets;
  std::optional<Digested> symbols;     ///< of the section, when there is one: nobody needs it before a trap, so it is not in here
  std::optional<Digested> provenance;  ///< likewise: only people ask for it
  std::string module_json;          ///< module.json as it was, or empty
};

/// Canonical text: keys sorted, no spaces.
std::string write_manifest(const Manifest& manifest);
/// Errors: verification, naming the key that is wrong.
Result<Manifest> parse_manifest(std::string_view text);
/// The same in one pass, seven times as fast, for what ingotc writes as a rule. Nothing: the text is wrong, or holds characters or escapes that only parse_manifest() knows, which
/// asks this first.
std::optional<Manifest> read_canonical_manifest(std::string_view text);

}  // namespace ingot::format
