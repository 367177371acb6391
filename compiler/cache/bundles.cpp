// SPDX-License-Identifier: Apache-2.0
#include "cache/bundles.hpp"

#include <cstdlib>

#include "cache/identity.hpp"
#include "cache/tools.hpp"
#include "process/files.hpp"
#include "workshop.hpp"

namespace ingot::compiler::cache {
namespace {

void add_list(Identity& identity, const std::vector<std::string>& words) {
  identity.add(std::to_string(words.size()));
  for (const std::string& word : words) identity.add(word);
}

/// What the build was asked. The names of all fields stand here, so that who adds one to Request or Features has to decide about it.
format::Digest asked_of(const Inputs& inputs, const Request& request, const std::string& module_digest) {
  const auto& [input, contract, targets, features, optimisation, key, rollback, nonconforming, jobs, budget, check_only, object_cache, toolchain,
               cache, progress] = request;
  const auto& [extended_const, relaxed_simd] = features;
  // Where the module came from, who signs, and how the work is done change nothing in the unsigned bundle.
  (void)input, (void)key, (void)jobs, (void)budget, (void)check_only, (void)object_cache, (void)toolchain, (void)cache, (void)progress;

  Identity identity;
  identity.add(inputs.name());
  identity.add(inputs.version());
  identity.add(inputs.module_json());
  identity.add(process::text_of(inputs.static_files()));
  identity.add(module_digest);
  identity.add(std::to_string(static_cast<int>(contract)));
  add_list(identity, targets);
  identity.add(extended_const ? "extended-const" : "");
  identity.add(relaxed_simd ? "relaxed-simd" : "");
  identity.add(std::to_string(static_cast<int>(optimisation)));
  identity.add(std::to_string(rollback));
  add_list(identity, nonconforming);
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  identity.add(epoch != nullptr ? epoch : "");
  const format::Digest self = identity_of_this_program();
  identity.add(format::hex(self));
  return identity.digest();
}

Key key_of(const format::Digest& asked, const native::Toolchain& toolchain) {
  Identity identity;
  identity.add("bundle");
  identity.add(format::hex(asked));
  const format::Digest tools = identity_of(toolchain);
  identity.add(format::hex(tools));
  return identity.digest();
}

/// Why this is not the module's bundle; empty when it is.
std::string objection(const format::Bytes& bytes, const std::string& module_digest) {
  const auto view = format::parse_bundle(bytes);
  if (!view.ok()) return view.error().message;
  if (!view->signatures.empty()) return "a bundle that is signed already";
  return view->manifest.module_digest == module_digest ? "" : "a bundle of another module";
}

}  // namespace

Place place_of(const Inputs& inputs, const Request& request) {
  Place place;
  if (request.cache == nullptr || request.check_only) return place;
  // When a tool is missing the build may still end earlier, with what is wrong with the module.
  const auto toolchain = request.toolchain != nullptr ? Result(*request.toolchain) : native::find_toolchain(remembered_versions(request.cache, request.budget));
  if (!toolchain.ok()) return place;
  const format::Digest digest = format::sha256(inputs.wasm());
  place.module_digest_ = format::hex(digest);
  place.asked_ = asked_of(inputs, request, place.module_digest_);
  place.key_ = key_of(place.asked_, *toolchain);
  place.store_ = request.cache;
  return place;
}

std::optional<UnsignedBundle> fetch(const Place& place) {
  if (place.store_ == nullptr) return std::nullopt;
  auto bytes = place.store_->fetch(Kind::bundle, place.key_);
  if (!bytes) return std::nullopt;
  const std::string why = objection(*bytes, place.module_digest_);
  if (why.empty()) return UnsignedBundle(std::move(*bytes), true);
  place.store_->reject(Kind::bundle, place.key_, why);
  return std::nullopt;
}

void keep(const Place& place, const UnsignedBundle& bundle, const Workshop& workshop) {
  if (place.store_ == nullptr || key_of(place.asked_, workshop.toolchain()) != place.key_) return;
  place.store_->keep(Kind::bundle, place.key_, bundle.bytes());
}

}  // namespace ingot::compiler::cache
