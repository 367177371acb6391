// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "cli/commands.hpp"
#include "config.hpp"
#include "dispatch/permission.hpp"
#include "dispatch/utf8.hpp"

namespace ingot::cli {

int make_token(const TokenOptions& options) {
  const auto config = load_config(options.config);
  if (!config.ok()) return report(config.error());
  const identity::TokenRules& rules = config->access.tokens;
  if (rules.secret.empty()) {
    return report(Error{ErrorCode::config, config->weak_master_key ? "\"master_key\" in " + options.config + " is shorter than 32 bytes: no token that it signs is believed"
                                                                   : "there is no \"master_key\" in " + options.config + " to sign with"});
  }
  identity::Principal principal{options.subject, options.tenant, options.roles, options.permissions, 0};
  const auto text = [](const std::string& name) { return !name.empty() && name.size() <= 200 && dispatch::is_utf8(name); };
  if (!text(principal.subject) || (!principal.tenant.empty() && !text(principal.tenant)) || !std::ranges::all_of(principal.roles, text)) {
    return report(Error{ErrorCode::invalid_argument, "names are UTF-8 of 1 to 200 bytes"});
  }
  for (const std::string& permission : principal.permissions) {
    if (!dispatch::valid_permission(permission)) return report(Error{ErrorCode::invalid_argument, "'" + permission + "' is not module:resource:action (each part a name or *)"});
  }
  for (const std::string& role : principal.roles) {
    if (!config->access.roles.contains(role)) std::fprintf(stderr, "ingot: warning: the configuration's ingot.identity.roles grants nothing to '%s'\n", role.c_str());
  }
  const auto now = std::chrono::system_clock::now();
  principal.expires_at = std::chrono::duration_cast<std::chrono::seconds>((now + std::chrono::seconds(options.seconds)).time_since_epoch()).count();
  std::printf("%s\n", identity::sign_token(principal, rules, now).c_str());
  return 0;
}

}  // namespace ingot::cli
