// SPDX-License-Identifier: Apache-2.0
#include "format/symbols.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "base/ranges.hpp"
#include "limits.hpp"

namespace ingot::format {
namespace {

constexpr std::array<std::uint8_t, 8> magic{'I', 'N', 'G', 'O', 'T', 'S', 'Y', 'M'};
constexpr std::uint32_t version = 1;
constexpr std::uint64_t header_bytes = 32;
constexpr std::uint64_t target_bytes = 16;
constexpr std::uint64_t string_entry_bytes = 8;
constexpr std::uint64_t unwind_bytes = 12;
constexpr std::uint64_t line_bytes = 8;
constexpr std::uint64_t location_bytes = 16;

Error refuse(const char* reason) { return Error{ErrorCode::verification, std::string("the symbols section ") + reason}; }

template <typename T>
void append_number(Bytes& bytes, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i)));
}

template <typename T>
T number_at(ByteView bytes, std::uint64_t offset) {
  INGOT_CHECK(contains(bytes.size(), offset, sizeof(T)));
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value |= std::uint64_t{bytes[offset + i]} << (8 * i);
  return static_cast<T>(value);
}

/// The last of `count` records of `size` bytes at `begin` whose first four bytes hold at most `key`, or `count`.
std::uint32_t last_at_most(ByteView bytes, std::uint64_t begin, std::uint32_t count, std::uint64_t size, std::uint64_t key) {
  std::uint32_t low = 0, high = count;  // the answer is below `high`, and all before `low` are at most `key`
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (number_at<std::uint32_t>(bytes, begin + size * middle) <= key) low = middle + 1;
    else high = middle;
  }
  return low == 0 ? count : low - 1;
}

}  // namespace

Bytes write_symbols(const Symbols& symbols) {
  Bytes bytes(magic.begin(), magic.end());
  std::uint64_t blob_bytes = 0;
  for (const auto* list : {&symbols.functions, &symbols.files}) {
    for (const std::string& text : *list) blob_bytes += text.size();
  }
  append_number(bytes, version);
  append_number(bytes, static_cast<std::uint32_t>(symbols.functions.size()));
  append_number(bytes, static_cast<std::uint32_t>(symbols.files.size()));
  append_number(bytes, static_cast<std::uint32_t>(symbols.targets.size()));
  append_number(bytes, blob_bytes);
  for (const Symbols::Target& target : symbols.targets) {
    append_number(bytes, static_cast<std::uint32_t>(target.unwind.size()));
    append_number(bytes, static_cast<std::uint32_t>(target.lines.size()));
    append_number(bytes, static_cast<std::uint32_t>(target.locations.size()));
    append_number(bytes, std::uint32_t{0});
  }
  std::uint64_t at = 0;
  for (const auto* list : {&symbols.functions, &symbols.files}) {
    for (const std::string& text : *list) {
      append_number(bytes, static_cast<std::uint32_t>(at));
      append_number(bytes, static_cast<std::uint32_t>(text.size()));
      at += text.size();
    }
  }
  for (const Symbols::Target& target : symbols.targets) {
    for (const UnwindRow& row : target.unwind) {
      append_number(bytes, row.text_offset);
      append_number(bytes, static_cast<std::uint32_t>(row.cfa_offset));
      append_number(bytes, row.rbp_below);
      append_number(bytes, static_cast<std::uint8_t>(row.base));
      append_number(bytes, std::uint8_t{0});
    }
    for (const LineRow& row : target.lines) {
      append_number(bytes, row.text_offset);
      append_number(bytes, row.location);
    }
    for (const Location& location : target.locations) {
      append_number(bytes, location.function);
      append_number(bytes, location.file);
      append_number(bytes, location.line);
      append_number(bytes, location.caller);
    }
  }
  for (const auto* list : {&symbols.functions, &symbols.files}) {
    for (const std::string& text : *list) bytes.insert(bytes.end(), text.begin(), text.end());
  }
  return bytes;
}

Result<SymbolsView> SymbolsView::parse(ByteView section) {
  if (section.size() < header_bytes || !std::equal(magic.begin(), magic.end(), section.begin())) return refuse("is not one");
  if (number_at<std::uint32_t>(section, 8) != version) return refuse("has another version");
  SymbolsView view;
  view.bytes_ = section;
  view.function_count_ = number_at<std::uint32_t>(section, 12);
  view.file_count_ = number_at<std::uint32_t>(section, 16);
  const auto target_count = number_at<std::uint32_t>(section, 20);
  view.blob_bytes_ = number_at<std::uint64_t>(section, 24);
  if (target_count > limits::bundle_sections_max) return refuse("claims too many targets");
  // 32-bit counts of small records cannot overflow 64 bits.
  std::uint64_t at = header_bytes + target_bytes * target_count;
  if (at > section.size()) return refuse("is truncated");
  view.strings_ = at;
  at += string_entry_bytes * (std::uint64_t{view.function_count_} + view.file_count_);
  for (std::uint32_t i = 0; i < target_count; ++i) {
    const std::uint64_t head = header_bytes + target_bytes * i;
    Place place;
    place.unwind_count = number_at<std::uint32_t>(section, head);
    place.line_count = number_at<std::uint32_t>(section, head + 4);
    place.location_count = number_at<std::uint32_t>(section, head + 8);
    if (number_at<std::uint32_t>(section, head + 12) != 0) return refuse("has a reserved field that is not zero");
    place.unwind = at;
    place.lines = place.unwind + unwind_bytes * place.unwind_count;
    place.locations = place.lines + line_bytes * place.line_count;
    at = place.locations + location_bytes * place.location_count;
    view.targets_.push_back(place);
  }
  view.blob_ = at;
  if (at > section.size() || section.size() - at != view.blob_bytes_) return refuse("is not as long as its header says");
  return view;
}

std::string_view SymbolsView::string(std::uint64_t index) const {
  const auto begin = number_at<std::uint32_t>(bytes_, strings_ + string_entry_bytes * index);
  const auto length = number_at<std::uint32_t>(bytes_, strings_ + string_entry_bytes * index + 4);
  if (!contains(blob_bytes_, begin, length)) return {};
  return {reinterpret_cast<const char*>(bytes_.data()) + blob_ + begin, length};
}

std::string_view SymbolsView::function_name(std::uint32_t function) const {
  return function < function_count_ ? string(function) : std::string_view();
}

std::string_view SymbolsView::file_name(std::uint32_t file) const {
  return file < file_count_ ? string(std::uint64_t{function_count_} + file) : std::string_view();
}

UnwindRow SymbolsView::unwind(std::uint32_t target, std::uint64_t text_offset) const {
  UnwindRow row;
  if (target >= targets_.size()) return row;
  const Place& place = targets_[target];
  const std::uint32_t index = last_at_most(bytes_, place.unwind, place.unwind_count, unwind_bytes, text_offset);
  if (index == place.unwind_count) return row;
  const std::uint64_t at = place.unwind + unwind_bytes * index;
  row.text_offset = number_at<std::uint32_t>(bytes_, at);
  row.cfa_offset = static_cast<std::int32_t>(number_at<std::uint32_t>(bytes_, at + 4));
  row.rbp_below = number_at<std::uint16_t>(bytes_, at + 8);
  const auto base = number_at<std::uint8_t>(bytes_, at + 10);
  if (base <= static_cast<std::uint8_t>(UnwindRow::Base::r11)) row.base = static_cast<UnwindRow::Base>(base);
  return row;
}

std::uint32_t SymbolsView::line_count(std::uint32_t target) const { return target < targets_.size() ? targets_[target].line_count : 0; }

std::uint32_t SymbolsView::line_offset(std::uint32_t target, std::uint32_t row) const {
  INGOT_CHECK(row < line_count(target));
  return number_at<std::uint32_t>(bytes_, targets_[target].lines + line_bytes * row);
}

std::vector<Location> SymbolsView::locations(std::uint32_t target, std::uint64_t text_offset, std::size_t most) const {
  std::vector<Location> found;
  if (target >= targets_.size()) return found;
  const Place& place = targets_[target];
  const std::uint32_t row = last_at_most(bytes_, place.lines, place.line_count, line_bytes, text_offset);
  if (row == place.line_count) return found;
  std::uint32_t index = number_at<std::uint32_t>(bytes_, place.lines + line_bytes * row + 4);
  while (index < place.location_count && found.size() < most) {
    const std::uint64_t at = place.locations + location_bytes * index;
    found.push_back({number_at<std::uint32_t>(bytes_, at), number_at<std::uint32_t>(bytes_, at + 4),
                     number_at<std::uint32_t>(bytes_, at + 8), number_at<std::uint32_t>(bytes_, at + 12)});
    if (found.back().caller >= index) break;  // callers stand before those inlined into them, so this ends
    index = found.back().caller;
  }
  return found;
}

}  // namespace ingot::format
