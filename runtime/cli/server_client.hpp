// SPDX-License-Identifier: Apache-2.0
#pragma once
// What verbs ask of a server that runs, over HTTP. The server may be any: its answers are bounded, and it is never followed elsewhere.

#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace ingot::cli {

struct ServerOptions {
  std::string url;         ///< http://HOST:PORT or https://..., with or without a path before /api
  std::string token_file;  ///< empty: INGOT_TOKEN, or no token
  std::string ca_file;     ///< certificates to believe instead of the system's; empty: none
};

struct ServerAnswer {
  long status = 0;
  std::string body;
};

/// One connection, kept from request to request. One thread.
class ServerClient final {
 public:
  /// Reads the token; warns on stderr where it would be sent in the open to another machine. Errors: invalid_argument, io.
  static Result<ServerClient> make(const ServerOptions& options);
  ServerClient(ServerClient&&) noexcept;
  ~ServerClient();

  /// GET of a path that begins with /. Nothing when interrupted() (cli/interrupt.hpp) became true. Errors: unavailable (no answer), limit (an answer that is too long).
  Result<std::optional<ServerAnswer>> get(const std::string& path);

 private:
  struct State;
  explicit ServerClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// `text` as a part of a path or a value of a query.
std::string percent_encoded(const std::string& text);

}  // namespace ingot::cli
