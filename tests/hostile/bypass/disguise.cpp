// SPDX-License-Identifier: Apache-2.0
// The product's reader knows only the instructions of our profile. So it is given a copy of the module in which each foreign thing is replaced by
// a core one of the same length and with the same immediates; offsets stay right, and what is carried on to the translator is the module itself.
#include <algorithm>

#include "bypass.hpp"
#include "ingest/sections.hpp"

namespace ingot::bypass {
namespace {

using compiler::ingest::Module;
using compiler::ingest::Section;
using compiler::ingest::SectionId;

constexpr std::uint8_t nop = 0x01, block = 0x02, call = 0x10, call_indirect = 0x11, i32_load = 0x28, more = 0x80;
constexpr std::size_t reach = 16;  // how far the helpers below look ahead at most

bool disguise_tail_call(std::uint8_t* at) {
  if (at[0] != 0x12 && at[0] != 0x13) return false;
  at[0] = at[0] == 0x12 ? call : call_indirect;
  return true;
}

/// Atomic accesses have the immediates of plain ones; a fence has one byte.
bool disguise_atomic(std::uint8_t* at) {
  if (at[0] == 0xfe) {
    const bool is_fence = at[1] == 0x03;
    at[0] = nop;
    at[1] = is_fence ? nop : i32_load;
    if (is_fence) at[2] = nop;
  } else {
    at[0] &= 0x01;  // a shared memory's limits, or a shared global's mutability
  }
  return true;
}

/// A tag section becomes a custom one, whose first byte is the length of a name: that holds for a single tag of a small type.
bool disguise_exception(std::uint8_t* at) {
  switch (at[0]) {
    case 0x08: at[0] = call; return true;   // throw
    case 0x1f: at[0] = block; return at[2] == 0;  // try_table without a clause: the count of clauses is a second byte
    default: at[-2] = 0; return at[0] == 1 && at[2] < at[-1];
  }
}

/// An access that names its memory has the memory's index between alignment and offset: it becomes the low part of the offset. Elsewhere an index is a byte.
bool disguise_memory_index(std::uint8_t* at) {
  if ((at[0] & 0x40) != 0) {
    at[0] &= 0x3f;
    at[1] |= more;
  } else if (at[0] == 2) {
    at[1] = 0;  // an active data segment
  } else {
    at[0] = 0;
  }
  return true;
}

/// Behind the limits stands the logarithm of the page size. A zero can be the end of the number before it.
bool disguise_page_size(std::uint8_t* at) {
  int numbers = (at[0] & 0x01) != 0 ? 2 : 1;
  std::uint8_t* last = at + 1;
  for (; last < at + reach - 2; ++last) {
    if ((*last & more) == 0 && --numbers == 0) break;
  }
  at[0] &= 0x01;
  *last |= more;
  return last[1] == 0;
}

bool disguise(format::Bytes& bytes, const Refusal& refusal) {
  if (refusal.offset < 2 || refusal.offset >= bytes.size()) return false;
  bytes.resize(bytes.size() + reach);
  std::uint8_t* const at = bytes.data() + refusal.offset;
  bool done = false;
  switch (refusal.feature) {
    case Refused::tail_calls: done = disguise_tail_call(at); break;
    case Refused::threads: done = disguise_atomic(at); break;
    case Refused::exceptions: done = disguise_exception(at); break;
    case Refused::multi_memory: done = disguise_memory_index(at); break;
    case Refused::custom_page_sizes: done = disguise_page_size(at); break;
    case Refused::memory64: done = (at[0] & 0x04) != 0, at[0] &= 0x01; break;
    case Refused::wide_arithmetic: at[0] = at[1] = nop, done = true; break;
    case Refused::function_references: done = at[0] == 0x14, at[0] = call; break;
    case Refused::gc:
    case Refused::relaxed_simd:
    case Refused::compact_imports: break;
  }
  bytes.resize(bytes.size() - reach);
  return done;
}

/// Puts the tag section back, which the reader took for a custom one, at its place behind the memories.
void restore_tags(Module& module, format::ByteView wasm) {
  if (!needed.contains(Refused::exceptions)) return;
  std::uint64_t at = 8;
  for (std::size_t place = 0; place <= module.sections.size(); ++place) {
    if (wasm[at] == static_cast<std::uint8_t>(SectionId::tag)) {
      module.sections.insert(module.sections.begin() + static_cast<std::ptrdiff_t>(place), Section{SectionId::tag, {at + 2, at + 2 + wasm[at + 1]}});
      return;
    }
    if (place < module.sections.size()) at = module.sections[place].content.end;
  }
}

}  // namespace

Result<Module> read_anyway(format::ByteView wasm, const compiler::Features& features) {
  format::Bytes copy(wasm.begin(), wasm.end());
  for (std::uint64_t before = 0;; before = last_refusal->offset) {
    last_refusal.reset();
    auto module = compiler::ingest::read_module(copy, features);
    if (!last_refusal) {
      if (module.ok()) restore_tags(*module, wasm);
      return module;
    }
    needed.insert(last_refusal->feature);
    if (last_refusal->offset == before || !disguise(copy, *last_refusal)) return module;
  }
}

}  // namespace ingot::bypass
