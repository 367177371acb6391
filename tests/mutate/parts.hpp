// SPDX-License-Identifier: Apache-2.0
#pragma once
// A module taken apart so that it can be changed inside and put together with right lengths again.

#include "decode.hpp"

namespace ingot::mutate {

struct Section {
  std::uint8_t id;
  Bytes content;
};

struct Signature {
  Bytes params, results;
  bool operator==(const Signature&) const = default;
};

struct Global {
  std::uint8_t type;
  bool is_mutable;
};

struct Parts {
  std::vector<Section> sections;
  std::vector<Signature> types;
  std::vector<std::uint32_t> functions;  ///< type of each, imports first
  std::vector<Global> globals;           ///< imports first
  std::uint32_t imported_functions = 0;
  std::vector<Bytes> bodies;             ///< of the code section, without their lengths

  Section* find(std::uint8_t id);
  const Signature& signature(std::uint32_t function) const { return types[functions[function]]; }
  /// The types of the locals of a body, parameters first, and where its instructions begin. Empty when it has too many to list.
  std::optional<Bytes> locals(std::size_t body, std::size_t& code_begin) const;
  Bytes join() const;
};

/// Empty when the module is not understood; then only its bytes can be changed.
std::optional<Parts> take_apart(ByteView module);

/// Header and sections only: enough for changes that do not care what is inside.
std::optional<std::vector<Section>> split(ByteView module);
Bytes join_sections(const std::vector<Section>& sections);

}  // namespace ingot::mutate
