// SPDX-License-Identifier: Apache-2.0
#include "db/backoff.hpp"

#include <algorithm>

namespace ingot::db {

std::chrono::milliseconds Backoff::next() {
  const auto whole = whole_.count();
  whole_ = std::min(whole_ * 2, longest);
  return std::chrono::milliseconds(std::uniform_int_distribution<std::chrono::milliseconds::rep>(whole / 2, whole)(random_));
}

}  // namespace ingot::db
