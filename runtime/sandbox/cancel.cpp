// SPDX-License-Identifier: Apache-2.0
#include "sandbox/cancel.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace ingot::sandbox {

// While a strand is joined it is inside the scope and does not end, since leave() waits for the mutex.
void CancelToken::cancel() {
  const std::scoped_lock lock(mutex_);
  cancelled_ = true;
  for (Strand* strand : joined_) strand->request(INGOT_TRAP_CANCELLED);
}

bool CancelToken::cancel_current() {
  const std::scoped_lock lock(mutex_);
  for (Strand* strand : joined_) strand->request(INGOT_TRAP_CANCELLED);
  return !joined_.empty();
}

bool CancelToken::cancelled() const {
  const std::scoped_lock lock(mutex_);
  return cancelled_;
}

void CancelToken::join(Strand& strand) {
  const std::scoped_lock lock(mutex_);
  joined_.push_back(&strand);
  if (cancelled_) strand.request(INGOT_TRAP_CANCELLED);
}

void CancelToken::leave(Strand& strand) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(joined_, &strand);
  INGOT_CHECK(found != joined_.end());
  joined_.erase(found);
}

}  // namespace ingot::sandbox
