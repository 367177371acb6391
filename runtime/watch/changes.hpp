// SPDX-License-Identifier: Apache-2.0
#pragma once
// Waiting until something changes in a set of folders, by inotify. Says that something did, not what: who waits looks again.

#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/result.hpp"

namespace ingot::watch {

class Changes final {
 public:
  /// Errors: io (the user's inotify instances are used up).
  static Result<std::unique_ptr<Changes>> open();
  ~Changes();
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;

  /// From now on these folders are watched (not what is below them), and no others. True when one of them was not watched before: what changed in
  /// it earlier was not seen. A folder that is gone is left out. Errors: limit, with the kernel's setting to raise.
  Result<bool> watch(const std::set<std::string>& folders);

  /// Waits for a change, and on until nothing has changed for a moment, so that a saved file is whole; a stream of changes holds it up for half a
  /// second at most. False: wake() was called. The thread of watch().
  bool wait();

  /// Ends every wait(), now and later. Any thread.
  void wake();

 private:
  Changes(int inotify, int woken) : inotify_(inotify), woken_(woken) {}
  /// Waits for at most so many milliseconds (-1: without end). True: something happened, and it was read.
  bool happens(int milliseconds);
  void read_all();

  const int inotify_, woken_;
  std::map<std::string, int> watches_;  ///< folder -> watch descriptor
};

}  // namespace ingot::watch
