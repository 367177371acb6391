// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the server and its sessions share: options, handler, the draining flag and the list of open sessions. Private to
// dispatch. Owned by the server and by every session together; it owns neither, nor the io_context. Safe from any
// thread.

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dispatch/http_server.hpp"

namespace ingot::dispatch {

class HttpSession;

class SessionRegistry final {
 public:
  SessionRegistry(HttpOptions options, Handler handler) : options_(std::move(options)), handler_(std::move(handler)) {}
  SessionRegistry(const SessionRegistry&) = delete;
  SessionRegistry& operator=(const SessionRegistry&) = delete;

  const HttpOptions& options() const { return options_; }
  const Handler& handler() const { return handler_; }

  bool draining() const { return draining_.load(); }
  void set_draining() { draining_.store(true); }

  void add(const std::shared_ptr<HttpSession>& session) {
    const std::lock_guard lock(mutex_);
    sessions_.emplace(session.get(), session);
  }

  /// `on_empty` runs when the last session has gone; set it before the first add().
  void remove(const HttpSession* session) {
    bool empty = false;
    {
      const std::lock_guard lock(mutex_);
      sessions_.erase(session);
      empty = sessions_.empty();
    }
    if (empty && on_empty_) on_empty_();
  }
  void set_on_empty(std::function<void()> on_empty) { on_empty_ = std::move(on_empty); }

  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return sessions_.size();
  }

  std::vector<std::shared_ptr<HttpSession>> open_sessions() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<HttpSession>> open;
    open.reserve(sessions_.size());
    for (const auto& [key, weak] : sessions_) {
      if (auto session = weak.lock()) open.push_back(std::move(session));
    }
    return open;
  }

 private:
  const HttpOptions options_;
  const Handler handler_;
  std::atomic<bool> draining_ = false;
  std::function<void()> on_empty_;
  mutable std::mutex mutex_;
  std::unordered_map<const HttpSession*, std::weak_ptr<HttpSession>> sessions_;  // guarded by mutex_
};

}  // namespace ingot::dispatch
