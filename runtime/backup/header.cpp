// SPDX-License-Identifier: Apache-2.0
#include "backup/header.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace ingot::backup {
namespace {

constexpr std::string_view magic = "INGOTBK\n";
constexpr std::size_t version_at = 8, header_at = 12, payload_at = 16, digest_at = 24;

template <typename T>
void put(char* place, T number) {
  for (std::size_t i = 0; i < sizeof(T); ++i) place[i] = static_cast<char>(static_cast<std::uint8_t>(number >> (8 * i)));
}

template <typename T>
T get(const char* place) {
  T number = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) number |= static_cast<T>(static_cast<T>(static_cast<std::uint8_t>(place[i])) << (8 * i));
  return number;
}

Error damaged(const std::string& why) { return Error{ErrorCode::verification, "this backup is damaged: " + why + ". Nothing was changed; use another copy of it"}; }

/// Reads members by name and remembers the first that is not as it should be.
class Reader {
 public:
  explicit Reader(const nlohmann::json& object) : object_(object) {}
  std::string text(const char* key) {
    const auto found = object_.find(key);
    if (found != object_.end() && found->is_string()) return found->get<std::string>();
    wrong_ = key;
    return "";
  }
  std::uint64_t number(const char* key, std::uint64_t most) {
    const auto found = object_.find(key);
    if (found != object_.end() && found->is_number_unsigned() && found->get<std::uint64_t>() <= most) return found->get<std::uint64_t>();
    wrong_ = key;
    return 0;
  }
  /// A list of objects.
  std::vector<nlohmann::json> list(const char* key) {
    const auto found = object_.find(key);
    const bool good = found != object_.end() && found->is_array() && std::ranges::all_of(*found, [](const auto& item) { return item.is_object(); });
    if (good) return found->get<std::vector<nlohmann::json>>();
    wrong_ = key;
    return {};
  }
  const std::string& wrong() const { return wrong_; }

 private:
  const nlohmann::json& object_;
  std::string wrong_;
};

}  // namespace

std::array<char, prefix_bytes> prefix_text(const Prefix& prefix) {
  std::array<char, prefix_bytes> bytes{};
  std::ranges::copy(magic, bytes.begin());
  put(bytes.data() + version_at, format_version);
  put(bytes.data() + header_at, prefix.header_bytes);
  put(bytes.data() + payload_at, prefix.payload_bytes);
  std::ranges::copy(prefix.digest, reinterpret_cast<std::uint8_t*>(bytes.data()) + digest_at);
  return bytes;
}

Result<Prefix> parse_prefix(std::string_view bytes, std::uint64_t file_bytes) {
  if (!bytes.starts_with(magic)) return Error{ErrorCode::verification, "this is no backup of `ingot backup`'s: it does not begin like one"};
  if (bytes.size() < prefix_bytes) return damaged("it ends within its first " + std::to_string(prefix_bytes) + " bytes");
  const auto version = get<std::uint32_t>(bytes.data() + version_at);
  if (version != format_version) {
    return Error{ErrorCode::verification, "this backup has format version " + std::to_string(version) + ", and this ingot reads " + std::to_string(format_version) + ": use the ingot that made it, or a newer one"};
  }
  Prefix prefix{get<std::uint32_t>(bytes.data() + header_at), get<std::uint64_t>(bytes.data() + payload_at), {}};
  std::copy_n(reinterpret_cast<const std::uint8_t*>(bytes.data()) + digest_at, prefix.digest.size(), prefix.digest.begin());
  if (prefix.header_bytes > header_bytes_max) return damaged("its header claims " + std::to_string(prefix.header_bytes) + " bytes");
  const std::uint64_t rest = file_bytes - std::min<std::uint64_t>(file_bytes, prefix_bytes + std::uint64_t{prefix.header_bytes});
  if (file_bytes < prefix_bytes + std::uint64_t{prefix.header_bytes} || rest < prefix.payload_bytes) return damaged("it was cut: it has " + std::to_string(file_bytes) + " bytes, fewer than it says");
  if (rest > prefix.payload_bytes) return damaged("it goes on behind its end");
  return prefix;
}

const char* kind_name(db::Kind kind) { return kind == db::Kind::sqlite ? "sqlite" : "postgresql"; }

std::string header_text(const Header& header) {
  nlohmann::ordered_json modules = nlohmann::ordered_json::array(), tables = nlohmann::ordered_json::array();
  for (const ModuleRecord& module : header.modules) modules.push_back({{"name", module.name}, {"version", module.version}, {"digest", module.digest}});
  for (const db::TableRows& table : header.tables) tables.push_back({{"module", table.module}, {"table", table.table}, {"rows", table.rows}});
  const nlohmann::ordered_json text{{"database", kind_name(header.kind)}, {"created_at", header.created_at}, {"made_by", header.made_by}, {"postgres_major", header.postgres_major},
                                    {"modules", std::move(modules)}, {"tables", std::move(tables)}};
  return text.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<Header> parse_header(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return damaged("its header is no JSON object");
  Reader reader(json);
  Header header;
  const std::string kind = reader.text("database");
  header.created_at = reader.text("created_at");
  header.made_by = reader.text("made_by");
  header.postgres_major = static_cast<int>(reader.number("postgres_major", 1000));
  std::string wrong = reader.wrong();
  for (const auto& item : reader.list("modules")) {
    Reader module(item);
    header.modules.push_back({module.text("name"), module.text("version"), module.text("digest")});
    if (!module.wrong().empty()) wrong = "modules: " + module.wrong();
  }
  for (const auto& item : reader.list("tables")) {
    Reader table(item);
    header.tables.push_back({table.text("module"), table.text("table"), table.number("rows", UINT64_MAX)});
    if (!table.wrong().empty()) wrong = "tables: " + table.wrong();
  }
  if (wrong.empty()) wrong = reader.wrong();
  if (wrong.empty() && kind != "sqlite" && kind != "postgresql") wrong = "database";
  if (!wrong.empty()) return damaged("its header has no good \"" + wrong + "\"");
  header.kind = kind == "sqlite" ? db::Kind::sqlite : db::Kind::postgresql;
  return header;
}

}  // namespace ingot::backup
