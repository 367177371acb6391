// SPDX-License-Identifier: Apache-2.0
#include "db/like.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace ingot::db {
namespace {

/// Bytes of the character at the front; a stray byte counts as one.
std::size_t char_length(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) ++length;
  return length;
}

struct Item {
  enum class Kind { literal, any_one, any_run } kind = Kind::literal;
  std::string_view bytes;
};

/// False when the pattern ends with the escape character.
bool parse(std::string_view pattern, std::string_view escape, std::vector<Item>& items) {
  while (!pattern.empty()) {
    const std::size_t length = char_length(pattern);
    std::string_view head = pattern.substr(0, length);
    pattern.remove_prefix(length);
    if (!escape.empty() && head == escape) {
      if (pattern.empty()) return false;
      head = pattern.substr(0, char_length(pattern));
      pattern.remove_prefix(head.size());
      items.push_back({Item::Kind::literal, head});
    } else if (head == "%") {
      if (items.empty() || items.back().kind != Item::Kind::any_run) items.push_back({Item::Kind::any_run, head});
    } else if (head == "_") {
      items.push_back({Item::Kind::any_one, head});
    } else {
      items.push_back({Item::Kind::literal, head});
    }
  }
  return true;
}

}  // namespace

LikeResult like(std::string_view pattern, std::string_view text, std::string_view escape, const std::function<bool()>& stop) {
  std::vector<Item> items;
  if (!parse(pattern, escape, items)) return LikeResult::bad_pattern;
  // Only the last '%' seen ever needs another try: an earlier one could not match better.
  constexpr std::size_t steps_between_asks = 65'536;
  std::size_t item = 0;
  std::size_t at = 0;
  std::size_t retry_item = items.size() + 1;
  std::size_t retry_at = 0;
  for (std::size_t step = 1; at < text.size(); ++step) {
    if (step % steps_between_asks == 0 && stop()) return LikeResult::stopped;
    const std::string_view rest = text.substr(at);
    if (item < items.size() && items[item].kind == Item::Kind::any_run) {
      retry_item = ++item;
      retry_at = at;
    } else if (item < items.size() && items[item].kind == Item::Kind::any_one) {
      at += char_length(rest);
      ++item;
    } else if (item < items.size() && rest.starts_with(items[item].bytes)) {
      at += items[item].bytes.size();
      ++item;
    } else if (retry_item <= items.size()) {
      retry_at += char_length(text.substr(retry_at));
      at = retry_at;
      item = retry_item;
    } else {
      return LikeResult::no;
    }
  }
  while (item < items.size() && items[item].kind == Item::Kind::any_run) ++item;
  return item == items.size() ? LikeResult::yes : LikeResult::no;
}

}  // namespace ingot::db
