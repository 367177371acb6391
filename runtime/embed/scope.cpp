// SPDX-License-Identifier: Apache-2.0
// Call scopes and their cancelling.
#include "embed/objects.hpp"

using namespace ingot;
using namespace ingot::embed;

namespace {

/// One that ingot_scope_begin made; the last one of a strand is in its record.
struct OwnedScope {
  sandbox::CallScope scope;
  OwnedScope* outer;
};

/// A thread may end inside of scopes.
void end_with_the_thread() {
  sandbox::this_thread();  // made before this one is, and so destroyed after it
  struct AtEnd {
    ~AtEnd() { end_scopes(); }
  };
  static thread_local const AtEnd at_end;
  (void)at_end;
}

}  // namespace

void ingot::embed::end_scopes() {
  while (sandbox::this_thread().call.scopes != nullptr) ingot_scope_end();
}

extern "C" {

ingot_error* ingot_scope_begin(uint64_t timeout_ns, ingot_cancel* cancel) {
  return guarded([&]() -> ingot_error* {
    end_with_the_thread();
    void*& scopes = sandbox::this_thread().call.scopes;
    scopes = new OwnedScope{sandbox::CallScope(deadline_in(timeout_ns), cancel != nullptr ? &cancel->token : nullptr), static_cast<OwnedScope*>(scopes)};
    return nullptr;
  });
}

void ingot_scope_end(void) {
  void*& scopes = sandbox::this_thread().call.scopes;
  INGOT_CHECK(scopes != nullptr);
  const std::unique_ptr<OwnedScope> ended(static_cast<OwnedScope*>(scopes));
  scopes = ended->outer;
}

ingot_cancel* ingot_cancel_new(void) { return new (std::nothrow) ingot_cancel; }
void ingot_cancel_request(ingot_cancel* cancel) { cancel->token.cancel(); }
void ingot_cancel_free(ingot_cancel* cancel) { delete cancel; }

}  // extern "C"
