// SPDX-License-Identifier: Apache-2.0
#pragma once
// How often somebody may try: a bucket of tokens for each name, which fills up again within a minute. Any thread.

#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

namespace ingot::accounts {

class Attempts final {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t names_max = 50'000;

  /// REQUIRES: per_minute > 0.
  explicit Attempts(unsigned per_minute) : per_minute_(per_minute) {}

  /// Takes one of `name`'s attempts. 0: there was one. Else in how many seconds, 1 at least, there will be one; nothing was taken.
  /// When more than names_max are being counted, a name that is not among them has to wait: forgetting those that are would give a flood of names a way to try for ever.
  unsigned take(const std::string& name, Clock::time_point now);
  /// The same question, and nothing is taken.
  unsigned wait(const std::string& name, Clock::time_point now);

 private:
  struct Bucket {
    double tokens;
    Clock::time_point at;
  };
  double tokens_at(const Bucket& bucket, Clock::time_point now) const;
  unsigned seconds_until_one(double tokens) const;
  void forget_full(Clock::time_point now);

  const unsigned per_minute_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;  // guarded by mutex_
  Clock::time_point looked_;                         // guarded by mutex_; when full buckets were last forgotten
};

}  // namespace ingot::accounts
