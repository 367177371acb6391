// SPDX-License-Identifier: Apache-2.0
// Whom to believe, engines and modules of ingot.h.
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "bundle/verify.hpp"
#include "embed/objects.hpp"
#include "limits.hpp"
#include "version.hpp"

using namespace ingot;
using namespace ingot::embed;

namespace {

ingot_error* add_key(ingot_trust* trust, std::string_view pem, const std::string& origin) {
  auto key = format::parse_public_key(pem);
  if (!key.ok()) return fail(INGOT_ERROR_ARGUMENT, origin + key.error().message);
  trust->policy.keys.emplace_back(std::move(key).value());
  return nullptr;
}

ingot_error* adopt(ingot_engine* engine, Result<bundle::VerifiedBundle> verified, ingot_module** out) {
  Result<std::shared_ptr<const load::LoadedModule>> loaded = verified.ok() ? load::load(std::move(verified).value()) : Result<std::shared_ptr<const load::LoadedModule>>(verified.error());
  if (!loaded.ok()) {
    engine->modules_refused.fetch_add(1, std::memory_order_relaxed);
    return fail(loaded.error());
  }
  *out = new ingot_module(Ref(engine), std::move(loaded).value());
  engine->modules_loaded.fetch_add(1, std::memory_order_relaxed);
  return nullptr;
}

bool describe(const std::string* module, const std::string& name, format::ExternKind kind, const format::FunctionType& type, ingot_item* out) {
  *out = {};
  out->kind = static_cast<std::uint32_t>(kind);
  out->module = module != nullptr ? module->c_str() : "";
  out->module_bytes = module != nullptr ? module->size() : 0;
  out->name = name.c_str();
  out->name_bytes = name.size();
  if (kind == format::ExternKind::function) {
    out->parameters = type.params.data();
    out->parameter_count = type.params.size();
    out->results = type.results.data();
    out->result_count = type.results.size();
  }
  return true;
}

}  // namespace

extern "C" {

const char* ingot_version(void) { return version; }

ingot_trust* ingot_trust_new(void) { return new (std::nothrow) ingot_trust; }

ingot_error* ingot_trust_add_key(ingot_trust* trust, const char* pem, size_t bytes) {
  return guarded([&] {
    if (pem == nullptr) return fail(INGOT_ERROR_ARGUMENT, "no key was given");
    return add_key(trust, {pem, bytes}, "");
  });
}

ingot_error* ingot_trust_add_key_file(ingot_trust* trust, const char* path) {
  return guarded([&]() -> ingot_error* {
    if (path == nullptr) return fail(INGOT_ERROR_ARGUMENT, "no path was given");
    std::ifstream stream(path, std::ios::binary);
    const std::string pem(std::istreambuf_iterator<char>(stream), {});
    if (!stream) return fail(INGOT_ERROR_IO, std::string("cannot read key ") + path + ": " + std::strerror(errno));
    return add_key(trust, pem, std::string(path) + ": ");
  });
}

ingot_error* ingot_trust_revoke(ingot_trust* trust, const char* key_id_or_digest) {
  return guarded([&]() -> ingot_error* {
    if (key_id_or_digest == nullptr) return fail(INGOT_ERROR_ARGUMENT, "nothing was given to revoke");
    const auto added = format::add_revoked(trust->policy.revoked, key_id_or_digest);
    return added.ok() ? nullptr : fail(added.error());
  });
}

ingot_error* ingot_trust_require(ingot_trust* trust, uint32_t signatures) {
  return guarded([&]() -> ingot_error* {
    if (signatures < 1 || signatures > limits::bundle_signatures_max) {
      return fail(INGOT_ERROR_ARGUMENT, "a number of signatures from 1 to " + std::to_string(limits::bundle_signatures_max) + " can be asked for");
    }
    trust->policy.signatures_required = signatures;
    return nullptr;
  });
}

void ingot_trust_allow_unsigned(ingot_trust* trust, bool allow) { trust->policy.allow_unsigned = allow; }
void ingot_trust_free(ingot_trust* trust) { delete trust; }

ingot_error* ingot_engine_new(const ingot_trust* trust, ingot_engine** out) {
  *out = nullptr;
  return guarded([&]() -> ingot_error* {
    const auto watching = sandbox::start_watchdog();
    if (!watching.ok()) return fail(watching.error());
    auto engine = std::make_unique<ingot_engine>();
    if (trust != nullptr) engine->trust = trust->policy;
    *out = engine.release();
    return nullptr;
  });
}

void ingot_engine_free(ingot_engine* engine) {
  if (engine != nullptr && engine->disown()) delete engine;
}

void ingot_engine_get_metrics(const ingot_engine* engine, ingot_engine_metrics* out) {
  *out = {engine->modules_loaded.load(std::memory_order_relaxed), engine->modules_refused.load(std::memory_order_relaxed),
          engine->modules_alive.load(std::memory_order_relaxed), engine->instances_alive.total()};
}

ingot_error* ingot_module_load_file(ingot_engine* engine, const char* path, ingot_module** out) {
  *out = nullptr;
  return guarded([&] {
    if (path == nullptr) return fail(INGOT_ERROR_ARGUMENT, "no path was given");
    return adopt(engine, bundle::open_and_verify(path, engine->trust), out);
  });
}

ingot_error* ingot_module_load(ingot_engine* engine, const void* bundle, size_t bytes, const char* origin, ingot_module** out) {
  *out = nullptr;
  return guarded([&] {
    if (bundle == nullptr) return fail(INGOT_ERROR_ARGUMENT, "no bundle was given");
    if (bytes > limits::bundle_bytes_max) return fail(INGOT_ERROR_VERIFICATION, "larger than a bundle may be (1 GiB)");
    const auto* begin = static_cast<const std::uint8_t*>(bundle);
    return adopt(engine, bundle::verify(format::Bytes(begin, begin + bytes), origin != nullptr ? origin : "bundle", engine->trust), out);
  });
}

const char* ingot_module_name(const ingot_module* module) { return module->loaded->manifest().name.c_str(); }
const char* ingot_module_version(const ingot_module* module) { return module->loaded->manifest().version.c_str(); }
const char* ingot_module_digest(const ingot_module* module) { return module->loaded->bundle().digest().c_str(); }
uint64_t ingot_module_rollback_counter(const ingot_module* module) { return module->loaded->manifest().rollback; }

size_t ingot_module_import_count(const ingot_module* module) { return module->loaded->manifest().imports.size(); }
bool ingot_module_import(const ingot_module* module, size_t index, ingot_item* out) {
  const auto& imports = module->loaded->manifest().imports;
  return index < imports.size() && describe(&imports[index].module, imports[index].name, imports[index].kind, imports[index].type, out);
}
size_t ingot_module_export_count(const ingot_module* module) { return module->loaded->manifest().exports.size(); }
bool ingot_module_export(const ingot_module* module, size_t index, ingot_item* out) {
  const auto& exports = module->loaded->manifest().exports;
  return index < exports.size() && describe(nullptr, exports[index].name, exports[index].kind, exports[index].type, out);
}

void ingot_module_free(ingot_module* module) {
  if (module != nullptr && module->disown()) delete module;
}

}  // extern "C"
