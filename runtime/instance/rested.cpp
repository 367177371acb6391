// SPDX-License-Identifier: Apache-2.0
#include "instance/rested.hpp"

#include "base/check.hpp"

namespace ingot::instance {
namespace {

constexpr std::size_t word_bytes = sizeof(std::uint64_t);
constexpr std::size_t gap_words_max = 1;  // equal words between two that differ, which cost less than a piece of its own

struct PieceHead {
  std::uint32_t offset, length;
};

std::uint64_t word(const std::uint8_t* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace

void Differences::add(const std::uint8_t* begin, const std::uint8_t* was, std::size_t bytes, std::uint64_t offset) {
  INGOT_CHECK(bytes % word_bytes == 0 && offset + bytes <= std::uint64_t{1} << 32);
  const auto differs = [&](std::size_t at) { return word(begin + at) != (was == nullptr ? 0 : word(was + at)); };
  for (std::size_t at = 0; at < bytes; at += word_bytes) {
    if (!differs(at)) continue;
    std::size_t end = at + word_bytes;  // behind the last word that differs
    for (std::size_t next = end; next < bytes && next <= end + gap_words_max * word_bytes; next += word_bytes) {
      if (differs(next)) end = next + word_bytes;
    }
    const PieceHead head{static_cast<std::uint32_t>(offset + at), static_cast<std::uint32_t>(end - at)};
    const auto* const raw = reinterpret_cast<const std::uint8_t*>(&head);
    pieces_.insert(pieces_.end(), raw, raw + sizeof head);
    pieces_.insert(pieces_.end(), begin + at, begin + end);
    at = end - word_bytes;
  }
}

void Differences::apply(std::uint8_t* begin) const {
  for (std::size_t at = 0; at < pieces_.size();) {
    PieceHead head{};
    std::memcpy(&head, pieces_.data() + at, sizeof head);
    at += sizeof head;
    std::memcpy(begin + head.offset, pieces_.data() + at, head.length);
    at += head.length;
  }
}

}  // namespace ingot::instance
