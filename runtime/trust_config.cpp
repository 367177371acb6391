// SPDX-License-Identifier: Apache-2.0
#include "trust_config.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/utc.hpp"
#include "config_key.hpp"
#include "limits.hpp"
#include "observe/log.hpp"

namespace ingot {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

Result<std::string> read_text(const std::string& path, const char* what) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) return Error{ErrorCode::config, std::string("cannot read the ") + what + " " + path};
  return text.str();
}

Result<std::uint64_t> moment(const Json& value, const std::string& where) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() <= utc_seconds_max) return value.get<std::uint64_t>();
  if (!value.is_string()) return wrong_key(where, "must be a date like \"2027-01-01\" or seconds since 1970");
  auto seconds = parse_utc(value.get<std::string>());
  if (!seconds.ok()) return wrong_key(where, seconds.error().message);
  return seconds;
}

Result<TrustConfig::Key> read_key(const Json& item, const std::string& where, const fs::path& folder) {
  TrustConfig::Key key;
  if (item.is_string()) {
    key.path = (folder / item.get<std::string>()).lexically_normal();
    return key;
  }
  if (!item.is_object()) return wrong_key(where, "must be a path or an object with \"key\"");
  for (const auto& member : item.items()) {
    const std::string place = where + "." + member.key();
    const Json& value = member.value();
    if (member.key() == "key" || member.key() == "name") {
      if (!value.is_string() || value.get<std::string>().empty()) return wrong_key(place, "must be a string");
      if (member.key() == "name") key.name = value.get<std::string>();
      else key.path = (folder / value.get<std::string>()).lexically_normal();
    } else if (member.key() == "not_after") {
      INGOT_TRY(key.not_after, moment(value, place));
      if (key.not_after == 0) return wrong_key(place, "must be later than 1970; leave it out for a key without an end");
    } else if (member.key() == "modules") {
      if (!value.is_array() || value.empty()) return wrong_key(place, "must be a list of module names; leave it out for a key that may sign for all");
      for (const Json& name : value) {
        if (!name.is_string() || name.get<std::string>().empty()) return wrong_key(place, "must be a list of module names");
        key.modules.push_back(name.get<std::string>());
      }
    } else {
      return wrong_key(place, "unknown key");
    }
  }
  if (key.path.empty()) return wrong_key(where + ".key", "is missing: the path of a public key's file");
  return key;
}

}  // namespace

Result<TrustConfig> read_trust_config(const Json& own, const fs::path& folder) {
  TrustConfig trust;
  if (const auto keys = own.find("trusted_keys"); keys != own.end()) {
    if (!keys->is_string() && !keys->is_array()) return wrong_key("ingot.trusted_keys", "must be a list of paths and objects");
    const Json list = keys->is_array() ? *keys : Json::array({*keys});
    for (std::size_t index = 0; index < list.size(); ++index) {
      INGOT_TRY(TrustConfig::Key key, read_key(list[index], "ingot.trusted_keys[" + std::to_string(index) + "]", folder));
      trust.keys.push_back(std::move(key));
    }
  }
  if (const auto revoked = own.find("revoked"); revoked != own.end()) {
    if (revoked->is_string()) {
      trust.revoked_path = (folder / revoked->get<std::string>()).lexically_normal();
    } else if (revoked->is_array()) {
      for (const Json& word : *revoked) {
        if (!word.is_string()) return wrong_key("ingot.revoked", "must be a list of key ids and digests, or the path of a file with them");
        auto added = format::add_revoked(trust.revoked, word.get<std::string>());
        if (!added.ok()) return wrong_key("ingot.revoked", added.error().message);
      }
    } else {
      return wrong_key("ingot.revoked", "must be a list of key ids and digests, or the path of a file with them");
    }
  }
  if (const auto count = own.find("signatures_required"); count != own.end()) {
    if (!count->is_number_unsigned() || *count < 1u || *count > limits::bundle_signatures_max) {
      return wrong_key("ingot.signatures_required", "must be a whole number from 1 to " + std::to_string(limits::bundle_signatures_max));
    }
    trust.signatures_required = count->get<std::uint32_t>();
  }
  if (const auto allow = own.find("allow_unsigned"); allow != own.end()) {
    if (!allow->is_boolean()) return wrong_key("ingot.allow_unsigned", "must be true or false");
    trust.allow_unsigned = allow->get<bool>();
  }
  return trust;
}

Result<format::TrustPolicy> load_trust(const TrustConfig& config) {
  format::TrustPolicy trust;
  trust.allow_unsigned = config.allow_unsigned;
  trust.signatures_required = config.signatures_required;
  trust.revoked = config.revoked;
  for (const TrustConfig::Key& entry : config.keys) {
    INGOT_TRY(format::TrustedKey key, load_public_key(entry.path));
    key.name = entry.name;
    key.not_after = entry.not_after;
    key.modules = entry.modules;
    // One key twice would have two sets of rules, of which only the first would hold.
    for (const format::TrustedKey& other : trust.keys) {
      if (other.key.id == key.key.id) return wrong_key("ingot.trusted_keys", "names the key " + key.key.id + " twice (" + entry.path + ")");
    }
    trust.keys.push_back(std::move(key));
  }
  if (!config.revoked_path.empty()) INGOT_TRY_VOID(load_revoked(config.revoked_path, trust.revoked));
  if (trust.allow_unsigned) {
    observe::log(observe::Level::warn, "bundles without a signature are accepted (ingot.allow_unsigned): for trials only");
  }
  return trust;
}

Result<format::PublicKey> load_public_key(const std::string& path) {
  INGOT_TRY(const std::string pem, read_text(path, "trusted key"));
  auto key = format::parse_public_key(pem);
  if (!key.ok()) return std::move(key).error().with_context("trusted key " + path);
  return key;
}

Result<void> load_revoked(const std::string& path, format::Revoked& revoked) {
  INGOT_TRY(const std::string text, read_text(path, "list of revoked keys and digests"));
  auto added = format::add_revoked_list(revoked, text);
  if (!added.ok()) return std::move(added).error().with_context(path);
  return {};
}

}  // namespace ingot
