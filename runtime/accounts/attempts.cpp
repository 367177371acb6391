// SPDX-License-Identifier: Apache-2.0
#include "accounts/attempts.hpp"

#include <algorithm>
#include <cmath>

namespace ingot::accounts {

namespace {

constexpr double rounding = 1e-6;  // of sums of fractions, in seconds

}  // namespace

double Attempts::tokens_at(const Bucket& bucket, Clock::time_point now) const {
  const double seconds = std::chrono::duration<double>(now - bucket.at).count();
  return std::min<double>(per_minute_, bucket.tokens + std::max(0.0, seconds) * per_minute_ / 60);
}

unsigned Attempts::seconds_until_one(double tokens) const {
  return tokens >= 1 ? 0 : std::max(1u, static_cast<unsigned>(std::ceil((1 - tokens) * 60 / per_minute_ - rounding)));
}

void Attempts::forget_full(Clock::time_point now) {
  if (now - looked_ < std::chrono::seconds(1)) return;  // it looks at all of them
  looked_ = now;
  std::erase_if(buckets_, [&](const auto& entry) { return tokens_at(entry.second, now) >= per_minute_; });
}

unsigned Attempts::take(const std::string& name, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  auto found = buckets_.find(name);
  if (found == buckets_.end()) {
    if (buckets_.size() >= names_max) forget_full(now);
    if (buckets_.size() >= names_max) return 60;
    found = buckets_.emplace(name, Bucket{static_cast<double>(per_minute_), now}).first;
  }
  Bucket& bucket = found->second;
  bucket = {tokens_at(bucket, now), now};
  const unsigned wait = seconds_until_one(bucket.tokens);
  if (wait == 0) bucket.tokens -= 1;
  return wait;
}

unsigned Attempts::wait(const std::string& name, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto found = buckets_.find(name);
  return found == buckets_.end() ? 0 : seconds_until_one(tokens_at(found->second, now));
}

}  // namespace ingot::accounts
