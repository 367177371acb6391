// SPDX-License-Identifier: Apache-2.0
#include "identity_config.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "config_key.hpp"
#include "dispatch/permission.hpp"

namespace ingot {
namespace {

using Json = nlohmann::json;

constexpr std::size_t jwks_bytes_max = 1 << 20;

Result<std::string> text(const Json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::string();
  if (!found->is_string()) return wrong_key(where + key, "must be a string");
  return found->get<std::string>();
}

Result<std::vector<std::string>> permissions(const Json& list, const std::string& key) {
  const Error shape = wrong_key(key, "must be a list of permissions (module:resource:action, each part a name or *)");
  std::vector<std::string> granted;
  if (list.is_string()) {  // one is enough
    granted.push_back(list.get<std::string>());
  } else if (list.is_array()) {
    for (const Json& item : list) {
      if (!item.is_string()) return shape;
      granted.push_back(item.get<std::string>());
    }
  } else {
    return shape;
  }
  for (const std::string& permission : granted) {
    if (!dispatch::valid_permission(permission)) return wrong_key(key, "'" + permission + "' is not module:resource:action (each part a name or *)");
  }
  return granted;
}

Result<std::vector<identity::PublicKey>> read_jwks(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  if (!stream || !(content << stream.rdbuf())) return wrong_key("ingot.identity.jwks", "cannot read " + path.string());
  if (content.view().size() > jwks_bytes_max) return wrong_key("ingot.identity.jwks", path.string() + " is larger than 1 MiB");
  auto keys = identity::parse_jwks(content.view());
  if (!keys.ok()) return wrong_key("ingot.identity.jwks", path.string() + ": " + keys.error().message);
  return keys;
}

}  // namespace

Result<identity::AccessRules> read_access_rules(const Json& file, const std::filesystem::path& folder, bool& weak_master_key) {
  identity::AccessRules rules;
  INGOT_TRY(rules.tokens.secret, text(file, "master_key", ""));
  weak_master_key = !rules.tokens.secret.empty() && rules.tokens.secret.size() < identity::secret_bytes_min;
  if (weak_master_key) rules.tokens.secret.clear();
  const auto own = file.find("ingot");
  if (own == file.end() || !own->is_object()) return rules;  // the reader of the section says what is wrong with it
  if (const auto anonymous = own->find("anonymous_permissions"); anonymous != own->end()) {
    INGOT_TRY(rules.anonymous, permissions(*anonymous, "ingot.anonymous_permissions"));
  }
  const auto identity = own->find("identity");
  if (identity == own->end()) return rules;
  if (!identity->is_object()) return wrong_key("ingot.identity", "must be an object");
  for (const auto& item : identity->items()) {
    if (item.key() != "jwks" && item.key() != "issuer" && item.key() != "audience" && item.key() != "roles") return wrong_key("ingot.identity." + item.key(), "unknown key");
  }
  INGOT_TRY(rules.tokens.issuer, text(*identity, "issuer", "ingot.identity."));
  INGOT_TRY(rules.tokens.audience, text(*identity, "audience", "ingot.identity."));
  INGOT_TRY(const std::string jwks, text(*identity, "jwks", "ingot.identity."));
  if (!jwks.empty()) {
    INGOT_TRY(rules.tokens.keys, read_jwks((folder / jwks).lexically_normal()));
  }
  if (const auto roles = identity->find("roles"); roles != identity->end()) {
    if (!roles->is_object()) return wrong_key("ingot.identity.roles", "must be an object: what each role may do");
    for (const auto& role : roles->items()) {
      INGOT_TRY(rules.roles[role.key()], permissions(role.value(), "ingot.identity.roles." + role.key()));
    }
  }
  return rules;
}

}  // namespace ingot
