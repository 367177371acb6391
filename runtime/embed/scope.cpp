// SPDX-License-Identifier: Apache-2.0
// Call scopes and their cancelling.
#include <forward_list>

#include "embed/objects.hpp"

using namespace ingot;
using namespace ingot::embed;

namespace {

std::forward_list<sandbox::CallScope>& scopes_of_this_thread() {
  // Made before the list is, and so destroyed after what a thread may have left in it.
  sandbox::this_thread();
  static thread_local std::forward_list<sandbox::CallScope> scopes;
  return scopes;
}

}  // namespace

extern "C" {

ingot_error* ingot_scope_begin(uint64_t timeout_ns, ingot_cancel* cancel) {
  return guarded([&]() -> ingot_error* {
    scopes_of_this_thread().emplace_front(deadline_in(timeout_ns), cancel != nullptr ? &cancel->token : nullptr);
    return nullptr;
  });
}

void ingot_scope_end(void) {
  auto& scopes = scopes_of_this_thread();
  INGOT_CHECK(!scopes.empty());
  scopes.pop_front();
}

ingot_cancel* ingot_cancel_new(void) { return new (std::nothrow) ingot_cancel; }
void ingot_cancel_request(ingot_cancel* cancel) { cancel->token.cancel(); }
void ingot_cancel_free(ingot_cancel* cancel) { delete cancel; }

}  // extern "C"
