// SPDX-License-Identifier: Apache-2.0
#include "backup/script.hpp"

#include <utility>

namespace ingot::backup {
namespace {

constexpr std::string_view restrict_word = "\\restrict ", unrestrict_word = "\\unrestrict ";
constexpr int knows_transaction_timeout = 17;

}  // namespace

Script::Script(Section section, int server_major, ScriptTarget target) : section_(section), server_major_(server_major), target_(std::move(target)) {}

bool Script::leave_out(std::string_view line) {
  if (restrict_.empty() && line.starts_with(restrict_word)) {
    restrict_ = line.substr(restrict_word.size());
    return true;
  }
  // The word is drawn at random for each script, so no text of somebody's can hold it.
  if (!restrict_.empty() && line.starts_with(unrestrict_word) && line.substr(unrestrict_word.size()) == restrict_) return true;
  return line == "SET transaction_timeout = 0;" && server_major_ < knows_transaction_timeout;
}

Result<void> Script::run_pending() {
  const std::string statements = std::exchange(pending_, {});
  return statements.empty() ? Result<void>() : target_.run(statements);
}

/// A line with its end.
Result<void> Script::take_line(std::string_view line) {
  const std::string_view text = line.ends_with('\n') ? line.substr(0, line.size() - 1) : line;
  if (copying_) {
    if (text != "\\.") return target_.copy_bytes(line);
    copying_ = false;
    return target_.copy_end();
  }
  if (leave_out(text)) return {};
  if (section_ == Section::rows && text.starts_with("COPY ") && text.ends_with(" FROM stdin;")) {
    INGOT_TRY_VOID(run_pending());
    copying_ = true;
    return target_.copy_begin(std::string(text));
  }
  pending_ += line;
  return {};
}

Result<void> Script::add(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) {
      line_ += bytes;
      return {};
    }
    const std::string_view line = bytes.substr(0, end + 1);
    bytes.remove_prefix(end + 1);
    if (line_.empty()) {
      INGOT_TRY_VOID(take_line(line));
    } else {
      line_ += line;
      INGOT_TRY_VOID(take_line(std::exchange(line_, {})));
    }
  }
  return {};
}

Result<void> Script::finish() {
  if (!line_.empty()) INGOT_TRY_VOID(take_line(std::exchange(line_, {})));
  if (copying_) return Error{ErrorCode::verification, "the rows of a table have no end"};
  return run_pending();
}

}  // namespace ingot::backup
