// SPDX-License-Identifier: Apache-2.0
#pragma once
// Handing a text to a guest and fetching the one that it gives back: allocate, copy in, call, decode, copy out, give back.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "instance/instance.hpp"
#include "limits.hpp"
#include "load/module.hpp"

namespace ingot::instance {

/// The four ways in which such a function may give its answer (abi/EERP.md).
enum class ResultEncoding { pair, packed, pointer, out_parameter };

/// A function (text) -> text, or (i32, text) -> text, with the allocator that serves it. Indices into the manifest's exports; -1 is absent.
struct TextCall {
  int function = -1;
  bool takes_number = false;         ///< one i32 before the text: handle()'s handler id
  int allocate = -1;
  bool allocate_is_realloc = false;  ///< cabi_realloc(old, old_size, align, new_size)
  int release = -1;
  bool release_takes_size = false;   ///< dealloc(address, size) against free(address)
  ResultEncoding encoding = ResultEncoding::pair;
};

/// The index of an exported function of exactly this type, or -1 when absent. Errors: contract, when it has another type.
Result<int> find_typed(const load::LoadedModule& module, const char* name, const format::FunctionType& type);

/// Errors: contract, when the function's type fits none of the forms, or there is no allocator.
Result<TextCall> find_text_call(const load::LoadedModule& module, int function, bool takes_number);

/// What a guest call ended with: its text, a trap, or a breach of the contract (an address outside memory, an answer too long).
using TextOutcome = std::variant<std::string, sandbox::Trap, Error>;

/// REQUIRES: inside a CallScope, instance ready, fewer than 4 GiB of input. `number` is ignored unless the call takes one.
TextOutcome call_text(Instance& instance, const TextCall& call, std::string_view input, std::uint32_t number = 0,
                      std::uint64_t answer_bytes_max = limits::response_bytes_max);

}  // namespace ingot::instance
