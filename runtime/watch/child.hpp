// SPDX-License-Identifier: Apache-2.0
#pragma once
// A program that runs to its end before the next one starts: a module's build script, or ingotc. What it says goes to our stderr.

#include <sys/types.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace ingot::watch {

class Child final {
 public:
  Child() = default;
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Runs `arguments` (the first is the program's absolute path) in `folder`, with our environment, no input and no other open file, in a process
  /// group of its own. By INGOT_DEV=1 a build script knows that it should be quick, not what it makes small. Returns its exit code, or 128 and the signal that ended it. Errors: io (it does not start); unavailable after stop().
  /// One thread at a time.
  Result<int> run(const std::vector<std::string>& arguments, const std::string& folder);

  /// Ends what runs, with what it has started, and lets nothing start any more. Any thread.
  void stop();

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  pid_t running_ = 0;      // guarded by mutex_: not waited for yet, so nobody else has this number
  bool stopped_ = false;   // guarded by mutex_
};

}  // namespace ingot::watch
