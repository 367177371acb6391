// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "embed/objects.hpp"

namespace ingot::embed {
namespace {

constexpr std::array<std::pair<std::string_view, std::uint8_t>, 7> type_names{{{"i32", INGOT_TYPE_I32},
                                                                               {"i64", INGOT_TYPE_I64},
                                                                               {"f32", INGOT_TYPE_F32},
                                                                               {"f64", INGOT_TYPE_F64},
                                                                               {"v128", INGOT_TYPE_V128},
                                                                               {"funcref", INGOT_TYPE_FUNCREF},
                                                                               {"externref", INGOT_TYPE_EXTERNREF}}};

class Reader {
 public:
  explicit Reader(std::string_view text) : left_(text) {}

  bool take(std::string_view word) {
    while (!left_.empty() && left_.front() == ' ') left_.remove_prefix(1);
    if (!left_.starts_with(word)) return false;
    left_.remove_prefix(word.size());
    return true;
  }
  bool list(std::vector<std::uint8_t>& types) {
    if (!take("(")) return false;
    if (take(")")) return true;
    do {
      if (!type(types)) return false;
    } while (take(","));
    return take(")");
  }
  bool at_end() { return take("") && left_.empty(); }

 private:
  bool type(std::vector<std::uint8_t>& types) {
    for (const auto& [name, code] : type_names) {
      if (!take(name)) continue;
      types.push_back(code);
      return true;
    }
    return false;
  }
  std::string_view left_;
};

}  // namespace

Result<format::FunctionType> parse_type(std::string_view text) {
  format::FunctionType type;
  Reader reader(text);
  if (reader.list(type.params) && reader.take("->") && reader.list(type.results) && reader.at_end()) return type;
  return Error{ErrorCode::invalid_argument, "'" + std::string(text) + "' is no function type; write it like \"(i32, i64) -> (f64)\""};
}

}  // namespace ingot::embed
