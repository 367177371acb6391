// SPDX-License-Identifier: Apache-2.0
#include "lower/frozen_tables.hpp"

#include <cctype>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace ingot::compiler::lower {
namespace {

constexpr std::size_t entries_max = 1 << 18;  // of all arrays of a module together: 2 MiB

// What wasm2c writes.
constexpr std::string_view allocation = "wasm_rt_allocate_funcref_table(&instance->";
constexpr std::string_view initialisation = "funcref_table_init(&instance->";
constexpr std::string_view release = "wasm_rt_free_funcref_table(&instance->";
constexpr std::string_view call = "CALL_INDIRECT(instance->";
constexpr std::string_view macros_end = "   DO_CALL_INDIRECT(table, t, x, __VA_ARGS__))\n";

// What stands in its place.
constexpr std::string_view macros = R"(
static inline __attribute__((noreturn, cold)) void ingot_no_such_function(void) { TRAP(CALL_INDIRECT); __builtin_unreachable(); }
#define INGOT_CALL_FROZEN(array, size, t, x, ...) \
  ((void)((LIKELY((x) < (size)) && LIKELY(array[x] != 0)) || (ingot_no_such_function(), 0)), ((t)array[x])(__VA_ARGS__))
)";

/// Reads what is expected, piece by piece; at the first difference it is broken for good.
class Cursor {
 public:
  Cursor(std::string_view text, std::size_t at) : text_(text), at_(at) {}
  bool ok() const { return ok_; }
  std::size_t at() const { return at_; }
  bool sees(std::string_view piece) const { return text_.substr(at_).starts_with(piece); }
  Cursor& skip(std::string_view piece) {
    ok_ = ok_ && sees(piece);
    if (ok_) at_ += piece.size();
    return *this;
  }
  std::string_view name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_')) ++at_;
    ok_ = ok_ && at_ != begin;
    return text_.substr(begin, at_ - begin);
  }
  std::uint32_t number() {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    ok_ = ok_ && error == std::errc();
    if (ok_) at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }
  /// Everything up to `end`, which is skipped too. Must be on this line.
  std::string_view until(std::string_view end) {
    const std::size_t found = text_.find(end, at_);
    ok_ = ok_ && found != std::string_view::npos && found < text_.find('\n', at_);
    if (!ok_) return {};
    const std::string_view piece = text_.substr(at_, found - at_);
    at_ = found + end.size();
    return piece;
  }

 private:
  std::string_view text_;
  std::size_t at_;
  bool ok_ = true;
};

struct Element {
  std::string type;      ///< of which type, by the name in the C
  std::string function;  ///< empty: null
};

struct Table {
  std::string file;               ///< where it is filled
  std::vector<Element> elements;
};

/// One call through a table: "CALL_INDIRECT(instance->T, TYPE, ID, INDEX, instance->T.data[INDEX].module_instance", as far as that.
struct Call {
  std::string_view table, pointer, type, index;
  std::size_t end = 0;
};

std::optional<Call> call_at(std::string_view text, std::size_t at) {
  Call found;
  Cursor cursor(text, at);
  found.table = cursor.skip(call).name();
  found.pointer = cursor.skip(", ").until(", w2c_m_t");
  if (!cursor.ok()) return std::nullopt;
  const std::size_t type = cursor.at() - std::string_view("w2c_m_t").size();
  cursor.number();
  found.type = text.substr(type, cursor.at() - type);
  found.index = cursor.skip(", ").name();
  cursor.skip(", instance->").skip(found.table).skip(".data[").skip(found.index).skip("].module_instance");
  if (!cursor.ok()) return std::nullopt;
  found.end = cursor.at();
  return found;
}

/// The constants of one element segment, `count` of them; nothing when one is not known here.
std::optional<std::vector<Element>> segment(std::string_view text, std::string_view name, std::uint32_t count) {
  const std::string head = "wasm_elem_segment_expr_t " + std::string(name) + "[] = {\n";
  const std::size_t found = text.find(head);
  if (found == std::string_view::npos) return std::nullopt;
  Cursor cursor(text, found + head.size());
  std::vector<Element> elements;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (cursor.sees("  {RefNull, NULL, NULL, {NULL}, 0},\n")) {
      cursor.skip("  {RefNull, NULL, NULL, {NULL}, 0},\n");
      elements.emplace_back();
      continue;
    }
    // The translator's adapters, "wrap_", only cast the instance's pointer. A last field other than 0 would be another's instance.
    Element element;
    element.type = cursor.skip("  {RefFunc, ").name();
    element.function = cursor.skip(", (wasm_rt_function_ptr_t)wrap_").name();
    cursor.skip(", {NULL}, 0},\n");
    if (!cursor.ok() || !element.function.starts_with("w2c_m_")) return std::nullopt;
    elements.push_back(std::move(element));
  }
  return elements;
}

/// Every place where the text speaks of the table `name`, judged: false when one of them may change it or show it to others.
bool only_known_uses(std::string_view text, const std::string& name) {
  const std::string mention = "instance->" + name;
  // By its arrow: there are far fewer of them in the text than words that begin like "instance".
  const std::string_view arrow = std::string_view(mention).substr(std::string_view("instance").size());
  for (std::size_t found = text.find(arrow); found != std::string_view::npos; found = text.find(arrow, found + 1)) {
    const std::size_t end = found + arrow.size();
    if (!text.substr(0, end).ends_with(mention)) continue;
    const std::size_t at = end - mention.size();
    if (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) continue;  // another's name
    const auto preceded_by = [&](std::string_view words) {
      return at + std::string_view("instance->").size() >= words.size() &&
             text.substr(at + std::string_view("instance->").size() - words.size(), words.size()) == words;
    };
    const std::string_view rest = text.substr(end);
    const bool known = preceded_by(allocation) || preceded_by(initialisation) || preceded_by(release) || preceded_by(call) ||
                       (preceded_by("(&instance->") ? text.substr(0, at).ends_with("funcref_table_get(&")
                                                    : rest.starts_with(".size;") || rest.starts_with(".data["));
    if (!known) return false;
  }
  return true;
}

/// What the table holds after instantiation, when that is certain.
std::optional<Table> known_table(const SourceFiles& files, const std::string& file, const std::string& name, std::uint32_t size) {
  for (const auto& [other, text] : files) {
    if (!only_known_uses(text, name)) return std::nullopt;
  }
  Table table{file, std::vector<Element>(size)};
  const std::string& text = files.at(file);
  const std::size_t begin = text.find("static void init_tables(");
  const std::size_t end = text.find("\n}", begin);
  if (begin == std::string::npos || end == std::string::npos) return std::nullopt;
  for (const auto& [other, content] : files) {
    const std::string start = std::string(initialisation) + name + ",";
    for (std::size_t at = content.find(start); at != std::string::npos; at = content.find(start, at + 1)) {
      if (other != file || at < begin || at > end) return std::nullopt;  // table.init
      Cursor cursor(content, at + start.size());
      const std::string_view source = cursor.skip(" ").name();
      cursor.skip(", ").number();
      const std::uint32_t place = cursor.skip(", ").number();  // a constant; a global's value would not be a number
      cursor.skip("u, 0, ");
      const std::uint32_t count = cursor.number();
      cursor.skip(", instance);");
      if (!cursor.ok() || place > size || count > size - place) return std::nullopt;
      const auto elements = segment(content, source, count);
      if (!elements) return std::nullopt;
      std::copy(elements->begin(), elements->end(), table.elements.begin() + place);
    }
  }
  return table;
}

std::map<std::string, Table, std::less<>> known_tables(const SourceFiles& files) {
  std::map<std::string, Table, std::less<>> tables;
  for (const auto& [file, text] : files) {
    for (std::size_t at = text.find(allocation); at != std::string::npos; at = text.find(allocation, at + 1)) {
      Cursor cursor(text, at);
      const std::string name(cursor.skip(allocation).name());
      const std::uint32_t size = cursor.skip(", ").number();
      if (!cursor.ok() || size == 0 || size > entries_max) continue;
      if (auto table = known_table(files, file, name, size)) tables.emplace(name, std::move(*table));
    }
  }
  return tables;
}

/// The digest that stands for each type, as text: two names may mean equal types.
std::map<std::string, std::string, std::less<>> type_digests(const SourceFiles& files) {
  std::map<std::string, std::string, std::less<>> digests;
  for (const auto& [file, text] : files) {
    for (const std::string_view head : {"\nFUNC_TYPE_T(", "\nFUNC_TYPE_EXTERN_T("}) {
      for (std::size_t at = text.find(head); at != std::string::npos; at = text.find(head, at + 1)) {
        Cursor cursor(text, at);
        const std::string name(cursor.skip(head).name());
        const std::string_view digest = cursor.skip(") = ").until(";");
        if (cursor.ok()) digests.emplace(name, digest);
      }
    }
  }
  return digests;
}

struct Array {
  std::string name;
  const Table* table = nullptr;
};

/// `text` with its calls through known tables replaced; the arrays that they want are added to `arrays` by table and type digest.
std::string rewritten(const std::string& text, const std::map<std::string, Table, std::less<>>& tables,
                      const std::map<std::string, std::string, std::less<>>& digests,
                      std::map<std::pair<std::string, std::string>, Array>& arrays, std::size_t& entries) {
  std::string result;
  result.reserve(text.size());
  std::size_t copied = 0;
  for (std::size_t at = text.find(call); at != std::string::npos; at = text.find(call, at + 1)) {
    const auto found = call_at(text, at);
    if (!found) continue;
    const auto table = tables.find(found->table);
    const auto digest = digests.find(found->type);
    if (table == tables.end() || digest == digests.end()) continue;
    Array& array = arrays[{table->first, digest->second}];
    const std::size_t size = table->second.elements.size();
    if (array.table == nullptr) {
      if (entries + size > entries_max) continue;
      entries += size;
      array = {"ingot_" + table->first + "_" + std::string(found->type), &table->second};
    }
    result.append(text, copied, at - copied);
    result += "INGOT_CALL_FROZEN(" + array.name + ", " + std::to_string(size) + ", " + std::string(found->pointer) + ", " +
              std::string(found->index) + ", instance";
    copied = found->end;
  }
  return result.append(text, copied);
}

}  // namespace

void freeze_tables(SourceFiles& files) {
  const auto tables = known_tables(files);
  if (tables.empty()) return;
  const auto digests = type_digests(files);
  std::map<std::pair<std::string, std::string>, Array> arrays;
  std::size_t entries = 0;
  for (auto& [name, text] : files) {
    if (name.ends_with(".c")) text = rewritten(text, tables, digests, arrays, entries);
  }
  std::string declarations(macros);
  for (const auto& [key, array] : arrays) {
    if (array.table == nullptr) continue;
    const std::string head = "const wasm_rt_function_ptr_t " + array.name + "[" + std::to_string(array.table->elements.size()) + "]";
    declarations += "extern " + head + " __attribute__((visibility(\"hidden\")));\n";
    std::string& place = files.at(array.table->file);
    place += head + " = {\n";
    for (std::size_t i = 0; i < array.table->elements.size(); ++i) {
      const Element& element = array.table->elements[i];
      const auto digest = digests.find(element.type);
      if (element.function.empty() || digest == digests.end() || digest->second != key.second) continue;
      place += "  [" + std::to_string(i) + "] = (wasm_rt_function_ptr_t)" + element.function + ",\n";
    }
    place += "};\n";
  }
  for (auto& [name, text] : files) {
    const std::size_t at = text.find(macros_end);
    if (at != std::string::npos) text.insert(at + macros_end.size(), declarations);
  }
}

}  // namespace ingot::compiler::lower
