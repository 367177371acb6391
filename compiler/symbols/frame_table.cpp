// SPDX-License-Identifier: Apache-2.0
#include "symbols/frame_table.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "base/ranges.hpp"

namespace ingot::compiler::native {
namespace {

using format::ByteView;
using format::UnwindRow;

constexpr std::uint64_t register_rbp = 6;
constexpr std::uint64_t register_rsp = 7;
constexpr std::uint64_t register_r11 = 11;
constexpr std::uint32_t cie_id = 0xffffffff;

/// Reads forward; at the first thing that is not there it is broken for good and gives zeros.
class Reader {
 public:
  explicit Reader(ByteView bytes) : bytes_(bytes) {}
  bool ok() const { return ok_; }
  bool at_end() const { return !ok_ || at_ == bytes_.size(); }
  std::uint64_t at() const { return at_; }

  std::uint64_t number(std::size_t size) {
    if (!contains(bytes_.size(), at_, size)) return ok_ = false, 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value |= std::uint64_t{bytes_[at_ + i]} << (8 * i);
    at_ += size;
    return value;
  }
  std::uint64_t uleb() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint64_t byte = number(1);
      value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return ok_ = false, 0;
  }
  std::int64_t sleb() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint64_t byte = number(1);
      value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) != 0) continue;
      if ((byte & 0x40) != 0 && shift + 7 < 64) value |= ~std::uint64_t{0} << (shift + 7);
      return static_cast<std::int64_t>(value);
    }
    return ok_ = false, 0;
  }
  ByteView take(std::uint64_t count) {
    if (!contains(bytes_.size(), at_, count)) return ok_ = false, ByteView();
    at_ += count;
    return bytes_.subspan(at_ - count, count);
  }
  void fail() { ok_ = false; }

 private:
  ByteView bytes_;
  std::uint64_t at_ = 0;
  bool ok_ = true;
};

struct Rule {
  std::uint64_t base = register_rsp;
  std::int64_t offset = 8;
  std::int64_t rbp = 0;  ///< saved at CFA + rbp; 0: not saved
};

struct Common {
  std::uint64_t code_alignment = 1;
  std::int64_t data_alignment = -8;
  Rule rule;
};

UnwindRow row_of(std::uint64_t offset, const Rule& rule) {
  UnwindRow row;
  row.text_offset = static_cast<std::uint32_t>(offset);
  const bool fits = rule.offset >= INT32_MIN && rule.offset <= INT32_MAX && rule.rbp <= 0 && rule.rbp >= -0xffff;
  if (!fits) return row;
  if (rule.base == register_rsp) row.base = UnwindRow::Base::rsp;
  if (rule.base == register_rbp) row.base = UnwindRow::Base::rbp;
  if (rule.base == register_r11) row.base = UnwindRow::Base::r11;
  if (row.base == UnwindRow::Base::unknown) return row;
  row.cfa_offset = static_cast<std::int32_t>(rule.offset);
  row.rbp_below = static_cast<std::uint16_t>(-rule.rbp);
  return row;
}

/// Runs one program of call frame instructions (section 6.4.2), calling `advance(bytes)` before the rule changes for later code. False
/// when it holds what we do not know.
template <typename Advance>
bool run(ByteView program, const Common& common, const Rule& initial, Rule& rule, const Advance& advance) {
  Reader reader(program);
  std::vector<Rule> remembered;
  while (!reader.at_end()) {
    const std::uint64_t code = reader.number(1);
    const std::uint64_t low = code & 0x3f;
    const auto save = [&](std::uint64_t which, std::int64_t factored) {
      if (which == register_rbp) rule.rbp = factored * common.data_alignment;
    };
    switch (code & 0xc0) {
      case 0x40: advance(low * common.code_alignment); continue;
      case 0x80: save(low, static_cast<std::int64_t>(reader.uleb() & 0xffff)); continue;
      case 0xc0:
        if (low == register_rbp) rule.rbp = initial.rbp;
        continue;
      default: break;
    }
    switch (code) {
      case 0x00: break;                                                        // nop
      case 0x02: advance(reader.number(1) * common.code_alignment); break;     // advance_loc1, 2, 4
      case 0x03: advance(reader.number(2) * common.code_alignment); break;
      case 0x04: advance(reader.number(4) * common.code_alignment); break;
      case 0x05: {                                                             // offset_extended
        const std::uint64_t which = reader.uleb();
        save(which, static_cast<std::int64_t>(reader.uleb() & 0xffff));
        break;
      }
      case 0x06: case 0x08:                                                    // restore_extended, same_value
        if (reader.uleb() == register_rbp) rule.rbp = initial.rbp;
        break;
      case 0x0a:                                                               // remember_state, restore_state
        if (remembered.size() > 64) return false;
        remembered.push_back(rule);
        break;
      case 0x0b:
        if (remembered.empty()) return false;
        rule = remembered.back();
        remembered.pop_back();
        break;
      case 0x0c:                                                               // def_cfa
        rule.base = reader.uleb();
        rule.offset = static_cast<std::int64_t>(reader.uleb());
        break;
      case 0x0d: rule.base = reader.uleb(); break;                             // def_cfa_register
      case 0x0e: rule.offset = static_cast<std::int64_t>(reader.uleb()); break;  // def_cfa_offset
      case 0x2e: reader.uleb(); break;                                         // GNU_args_size
      default: return false;
    }
  }
  return reader.ok();
}

std::optional<Common> read_common(ByteView section, std::uint64_t at) {
  if (!contains(section.size(), at, 4)) return std::nullopt;
  Reader outer(section.subspan(at));
  const std::uint64_t length = outer.number(4);
  Reader reader(outer.take(length));
  if (!outer.ok() || reader.number(4) != cie_id) return std::nullopt;
  const std::uint64_t version = reader.number(1);
  if (reader.number(1) != 0) return std::nullopt;  // an augmentation: not ours
  if (version >= 4 && (reader.number(1) != 8 || reader.number(1) != 0)) return std::nullopt;  // address and segment size
  Common common;
  common.code_alignment = reader.uleb();
  common.data_alignment = reader.sleb();
  if (version == 1) reader.number(1);
  else reader.uleb();  // the return address's column
  if (!reader.ok() || common.code_alignment != 1 || common.data_alignment != -8) return std::nullopt;
  const ByteView program = reader.take(length - reader.at());
  Rule rule{0, 0, 0};
  if (!run(program, common, Rule{}, rule, [](std::uint64_t) {})) return std::nullopt;
  common.rule = rule;
  return common;
}

}  // namespace

std::vector<UnwindRow> read_frames(ByteView section, std::uint64_t text_address, std::uint64_t text_bytes) {
  std::map<std::uint64_t, UnwindRow> rows;  // by offset
  std::map<std::uint64_t, std::optional<Common>> commons;
  Reader reader(section);
  while (!reader.at_end()) {
    const std::uint64_t length = reader.number(4);
    Reader entry(reader.take(length));
    if (!reader.ok()) break;
    const std::uint64_t id = entry.number(4);
    if (id == cie_id) continue;
    const auto [common, fresh] = commons.try_emplace(id);
    if (fresh) common->second = read_common(section, id);
    const std::uint64_t begin = entry.number(8) - text_address;
    const std::uint64_t size = entry.number(8);
    if (!entry.ok() || size == 0 || !contains(text_bytes, begin, size) || begin + size > UINT32_MAX) continue;
    rows[begin] = row_of(begin, Rule{0, 0, 0});
    rows.try_emplace(begin + size, row_of(begin + size, Rule{0, 0, 0}));
    if (!common->second) continue;
    Rule rule = common->second->rule;
    std::uint64_t at = begin;
    std::vector<UnwindRow> own;
    const auto advance = [&](std::uint64_t bytes) {
      own.push_back(row_of(at, rule));
      at += std::min(bytes, text_bytes);
    };
    const bool known = run(entry.take(length - entry.at()), *common->second, common->second->rule, rule, advance);
    if (!known || at >= begin + size) continue;
    own.push_back(row_of(at, rule));
    for (const UnwindRow& row : own) {
      if (row.text_offset < begin + size) rows[row.text_offset] = row;
    }
  }
  std::vector<UnwindRow> sorted;
  for (const auto& [offset, row] : rows) {
    UnwindRow same = row;
    if (!sorted.empty()) same.text_offset = sorted.back().text_offset;
    if (sorted.empty() || !(same == sorted.back())) sorted.push_back(row);
  }
  return sorted;
}

}  // namespace ingot::compiler::native
