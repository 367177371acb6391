// SPDX-License-Identifier: Apache-2.0
#include "format/trust.hpp"

#include <algorithm>
#include <utility>

#include "base/utc.hpp"

namespace ingot::format {
namespace {

Error refuse(std::string reason) { return Error{ErrorCode::verification, std::move(reason)}; }

bool is_hex(std::string_view word) { return word.find_first_not_of("0123456789abcdef") == std::string_view::npos; }

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::string called(const TrustedKey& key) { return key.key.id + (key.name.empty() ? "" : " (" + key.name + ")"); }

/// Why this signature, which is the key's own, does not count; empty when it does.
std::string objection(const Signature& signature, const TrustedKey& key, const std::string& module, std::uint64_t now) {
  const auto past = [now](std::uint64_t last) { return last != 0 && now > last; };
  const std::string clock = "; the clock here says " + utc_text(now);
  if (past(signature.expires)) {
    return "the signature of key " + called(key) + " expired at " + utc_text(signature.expires) + clock +
           "; sign the bundle again with `ingotc sign`";
  }
  if (past(key.not_after)) return "key " + called(key) + " is trusted here until " + utc_text(key.not_after) + " only (not_after)" + clock;
  if (!key.modules.empty() && std::find(key.modules.begin(), key.modules.end(), module) == key.modules.end()) {
    return "key " + called(key) + " may not sign for module '" + module + "' here, only for " + joined(key.modules, ", ");
  }
  return {};
}

}  // namespace

Result<void> add_revoked(Revoked& revoked, std::string_view word) {
  if (is_hex(word) && word.size() == 16) {
    revoked.keys.emplace(word);
  } else if (is_hex(word) && word.size() == 64) {
    revoked.digests.emplace(word);
  } else {
    return Error{ErrorCode::config, "'" + std::string(word.substr(0, 80)) +
                                        "' is neither a key id (16 lower-case hex digits) nor a bundle's digest (64; `ingotc inspect` shows both)"};
  }
  return {};
}

Result<void> add_revoked_list(Revoked& revoked, std::string_view text) {
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) continue;
    line = line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin);
    if (auto added = add_revoked(revoked, line); !added.ok()) return std::move(added).error().with_context("line " + std::to_string(number));
  }
  return {};
}

Result<std::vector<std::string>> who_vouches(const BundleView& bundle, const Digest& digest, const TrustPolicy& trust, std::uint64_t now) {
  const std::string name = hex(digest);
  if (trust.revoked.digests.contains(name)) return refuse("its content is revoked here (digest " + name + "); deploy another version");
  std::vector<std::string> vouching;
  if (bundle.signatures.empty()) {
    if (trust.allow_unsigned) return vouching;
    return refuse("it carries no signature; sign it with `ingotc sign`, or set \"allow_unsigned\": true for trials");
  }
  std::vector<std::string> strangers, objections;
  for (const Signature& signature : bundle.signatures) {
    if (trust.revoked.keys.contains(signature.key_id)) {
      objections.push_back("key " + signature.key_id + " is revoked here; sign the bundle with another one");
      continue;
    }
    const auto key = std::find_if(trust.keys.begin(), trust.keys.end(),
                                  [&](const TrustedKey& candidate) { return candidate.key.id == signature.key_id; });
    if (key == trust.keys.end()) {
      strangers.push_back(signature.key_id);
      continue;
    }
    if (!verify(key->key, signature, digest)) {
      return refuse("the signature of key " + called(*key) + " does not fit the content: the file was changed after signing");
    }
    std::string why_not = objection(signature, *key, bundle.manifest.name, now);
    if (why_not.empty()) vouching.push_back(signature.key_id);
    else objections.push_back(std::move(why_not));
  }
  if (vouching.size() >= std::max(trust.signatures_required, 1U)) return vouching;
  if (!strangers.empty()) {
    objections.push_back("signed by a key that is not trusted here (" + joined(strangers, ", ") + "); add its public half to trusted_keys");
  }
  const std::string why = joined(objections, "; ");
  if (trust.signatures_required <= 1) return refuse(why);
  return refuse("it needs the signatures of " + std::to_string(trust.signatures_required) + " trusted keys (signatures_required) and has " +
                std::to_string(vouching.size()) + (why.empty() ? "; sign it with another key" : ": " + why));
}

}  // namespace ingot::format
