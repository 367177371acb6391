// SPDX-License-Identifier: Apache-2.0
#pragma once
// What pg_restore writes, as it comes, taken apart for a session of ours: statements, and rows between COPY and its end. So a restore is one transaction of one session, with
// whatever else belongs to it. Pure but for its target.

#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace ingot::backup {

/// Where the parts go.
struct ScriptTarget {
  std::function<Result<void>(const std::string& statements)> run;
  std::function<Result<void>(const std::string& statement)> copy_begin;
  std::function<Result<void>(std::string_view bytes)> copy_bytes;
  std::function<Result<void>()> copy_end;
};

/// One section: `rows` for the data, where each COPY begins a line of its own and nothing else looks like one; the others have no rows, and texts that may look like anything.
/// Lines that are for psql alone (\restrict) and settings that the server does not know yet are left out.
class Script final {
 public:
  enum class Section { statements, rows };
  Script(Section section, int server_major, ScriptTarget target);
  /// Errors: those of the target.
  Result<void> add(std::string_view bytes);
  /// Errors: those of the target; verification, when the rows have no end.
  Result<void> finish();

 private:
  Result<void> take_line(std::string_view line);
  Result<void> run_pending();
  bool leave_out(std::string_view line);

  Section section_;
  int server_major_;
  ScriptTarget target_;
  std::string line_;      // its end has not come yet
  std::string pending_;   // statements
  std::string restrict_;  // the word after \restrict
  bool copying_ = false;
};

}  // namespace ingot::backup
