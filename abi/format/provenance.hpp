// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a bundle was made, for people and their tools: a section of its own, which no loader reads. Strict JSON like the manifest.
// FORMAT.md has the keys. A bill of materials is derived from it by `ingotc inspect --sbom`; nothing in it is needed to run.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace ingot::format {

/// A program that took part, or a file that ingotc carries inside itself and every island is compiled with.
struct ProvenanceTool {
  std::string name;     ///< "ingotc", "wasm2c", "wasm-validate", "clang", "lld"; "simde" where it was used; or a file's name
  std::string version;  ///< empty: a file of ingotc's own, or unknown
  std::string digest;   ///< SHA-256 of the program, or of the file, as 64 hex digits; empty: it could not be read
};

/// One entry of the module's own "producers" custom section: a claim of the module's author, checked by nobody.
struct Producer {
  std::string field;  ///< "language", "processed-by" or "sdk"
  std::string name, version;
};

struct Provenance {
  std::string module_digest;                    ///< SHA-256 of the wasm as it was given
  std::uint64_t module_bytes = 0;
  std::vector<Producer> producers;
  std::vector<ProvenanceTool> tools;            ///< ingotc first
  std::vector<ProvenanceTool> island;           ///< ingotc's own files that every island is compiled with
  std::vector<std::string> features;            ///< what the module was validated with
  std::vector<std::string> targets;             ///< ISA levels, in the order of the objects
  std::string optimisation;                     ///< "release", "dev" or "debug", as in the manifest
  std::string contract;
  std::vector<std::string> flags;               ///< given to clang for every file; -march is the target's
  std::vector<std::string> memory_flags;        ///< and for the island's memory.c
  std::vector<std::string> link_flags;          ///< given to the linker
  std::vector<std::string> nonconforming;       ///< switches with which the code does not keep to WebAssembly's semantics; normally none
  std::optional<std::uint64_t> source_date_epoch;  ///< of the environment, when it was set

  /// Of the tool of this name, or empty.
  std::string version_of(std::string_view tool) const;
};

/// The most that a section may hold; what a module claims beyond it is left out (compiler/ingest/producers.hpp).
inline constexpr std::size_t provenance_label_bytes_max = 255;
inline constexpr std::size_t provenance_producers_max = 100;

/// Canonical text: keys sorted, no spaces.
std::string write_provenance(const Provenance& provenance);
/// Errors: verification, naming the key that is wrong.
Result<Provenance> parse_provenance(std::string_view text);

}  // namespace ingot::format
