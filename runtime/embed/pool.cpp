// SPDX-License-Identifier: Apache-2.0
#include "embed/objects.hpp"

using namespace ingot;
using namespace ingot::embed;

namespace {

std::shared_ptr<Generation> generation_of(ingot_module* module, const Ref<DefinitionTable>& definitions, const ingot_limits& limits, std::size_t instances_max) {
  return std::make_shared<Generation>(
      Ref(module), [module, definitions, limits] { return ingot_instance::create(module, definitions, limits); }, instances_max);
}

/// Lends an instance of `generation`, started.
ingot_error* borrow(std::shared_ptr<Generation> generation, std::uint64_t timeout_ns, std::unique_ptr<Loan>& loan) {
  auto lease = generation->pool.acquire(deadline_in(timeout_ns));
  if (!lease.ok()) return fail(lease.error());
  loan = std::make_unique<Loan>(std::move(generation), std::move(lease).value());
  ingot_instance& instance = *loan->lease;
  const sandbox::CallScope scope(deadline_in(instance.limits.call_ns));
  return instance.make_ready();
}

}  // namespace

extern "C" {

ingot_error* ingot_pool_new(ingot_module* module, const ingot_linker* linker, const ingot_limits* limits, uint32_t instances_max, ingot_pool** out) {
  *out = nullptr;
  return guarded([&]() -> ingot_error* {
    if (instances_max == 0) return fail(INGOT_ERROR_ARGUMENT, "a pool needs room for one instance at least");
    const ingot_limits wanted = limits != nullptr ? *limits : ingot_limits_default();
    if (ingot_error* const refused = check_limits(wanted)) return refused;
    Ref<DefinitionTable> definitions = definitions_of(linker);
    auto first = generation_of(module, definitions, wanted, instances_max);
    *out = new ingot_pool(definitions, wanted, instances_max, std::move(first));
    return nullptr;
  });
}

ingot_error* ingot_pool_acquire(ingot_pool* pool, uint64_t timeout_ns, ingot_instance** out) {
  *out = nullptr;
  return guarded([&]() -> ingot_error* {
    std::unique_ptr<Loan> loan;
    if (ingot_error* const error = borrow(pool->generations.current(), timeout_ns, loan)) return error;
    *out = &*loan->lease;
    (*out)->loan = loan.release();
    return nullptr;
  });
}

void ingot_pool_release(ingot_instance* instance) {
  if (instance == nullptr) return;
  INGOT_CHECK(instance->loan != nullptr);
  delete std::exchange(instance->loan, nullptr);
}

ingot_error* ingot_pool_replace(ingot_pool* pool, ingot_module* module, ingot_probe probe, void* user) {
  return guarded([&]() -> ingot_error* {
    ingot_error* refused = nullptr;
    const auto replaced = pool->generations.replace(generation_of(module, pool->definitions, pool->limits, pool->instances_max), [&](const std::shared_ptr<Generation>& next) -> Result<void> {
      std::unique_ptr<Loan> loan;
      refused = borrow(next, pool->limits.call_ns, loan);
      if (refused == nullptr && probe != nullptr) {
        ingot_instance& candidate = *loan->lease;
        candidate.reason.clear();
        if (!probe(user, &candidate)) {
          refused = fail(INGOT_ERROR_CONTRACT, "the new version of module '" + module->loaded->manifest().name + "' failed its probe" +
                                                   (candidate.reason.empty() ? "" : ": " + candidate.reason) + "; the present one stays");
        }
      }
      if (refused == nullptr) return {};
      return Error{ErrorCode::contract, {}};
    });
    return replaced.ok() ? nullptr : refused;
  });
}

void ingot_pool_get_metrics(const ingot_pool* pool, ingot_pool_metrics* out) {
  *out = {pool->generations.current()->pool.instances_made(), pool->generations.replacements(), pool->generations.draining()};
}

void ingot_pool_free(ingot_pool* pool) { delete pool; }

}  // extern "C"
