// SPDX-License-Identifier: Apache-2.0
#include "generation.hpp"

namespace ingot {

std::shared_ptr<Generation> Generation::make(std::unique_ptr<Application> application, const Generation* before) {
  auto made = std::make_shared<Generation>();
  made->application = std::move(application);
  const Config& config = made->config();

  // Who may come in. Without a secret to sign with, nobody can.
  made->sign_in = std::make_unique<accounts::SignIn>(made->application->database(), made->application->connections(),
                                                     accounts::SignInRules{config.access.tokens, config.access_ttl, config.refresh_ttl, config.auth_attempts_per_minute});

  std::vector<std::string> names;
  for (const ModuleEntry& entry : made->application->modules()) names.push_back(entry.found.description.name);
  for (const PluginEntry& entry : made->application->plugins()) names.push_back(entry.config.name);
  made->metrics = std::make_unique<observe::RequestMetrics>(names, before != nullptr ? before->metrics.get() : nullptr);
  made->for_all_requests = {config.cors, made->metrics.get(), config.log_requests};
  return made;
}

}  // namespace ingot
