// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>
#include <signal.h>

#include <cstdio>
#include <memory>
#include <thread>

#include "cli/commands.hpp"
#include "cli/notify.hpp"
#include "observe/log.hpp"
#include "server.hpp"
#include "watch/watcher.hpp"

namespace ingot::cli {
namespace {

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

Result<std::unique_ptr<watch::Watcher>> watch_modules(const Config& config, std::string ingotc, Server& server) {
  observe::log(observe::Level::warn, "watch: for development only: what changes in the module folders is built by their own scripts, cast by ingotc and served; in production serve bundles, without --watch",
               {{"ingotc", ingotc}});
  return watch::Watcher::start(config.module_roots, std::move(ingotc), [&server](std::function<void()> done) { server.reload_soon(std::move(done)); });
}

}  // namespace

int serve(const ServeOptions& options) {
  auto config = load_config(options.config);
  if (!config.ok()) return report(config.error());
  std::string ingotc;
  if (options.watch) {
    auto found = watch::find_ingotc(options.ingotc);
    if (!found.ok()) return report(found.error());
    ingotc = std::move(found).value();
  }
  observe::configure_log(config->log_format, config->log_level);

  // Blocked before any thread exists, so that every thread inherits it and only the waiting one below sees a signal.
  const sigset_t signals = handled_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  auto server = Server::start(*config);
  if (!server.ok()) return report(server.error());

  std::thread waiter([&server, &signals] {
    int number = 0;
    while (sigwait(&signals, &number) == 0 && number == SIGHUP) {
      notify_reloading();
      (*server)->reload_soon([] { notify_service_manager("READY=1"); });
    }
    notify_service_manager("STOPPING=1");
    observe::log(observe::Level::info, "draining", {{"signal", number == SIGINT ? "SIGINT" : "SIGTERM"}});
    (*server)->stop();
    do sigwait(&signals, &number);  // a second one does not wait for slow clients
    while (number == SIGHUP);
    std::_Exit(number == 0 ? 0 : 130);
  });
  waiter.detach();
  const std::string port = std::to_string((*server)->port());
  observe::log(observe::Level::info, "serving", {{"address", config->address}, {"port", port}, {"scheme", config->tls ? "https" : "http"}});
  notify_service_manager("READY=1");
  std::unique_ptr<watch::Watcher> watcher;
  if (options.watch) {
    auto started = watch_modules(*config, std::move(ingotc), **server);
    if (!started.ok()) return report(started.error());
    watcher = std::move(started).value();
  }
  (*server)->run();
  watcher.reset();  // with what it builds
  observe::log(observe::Level::info, "stopped");
  std::fflush(nullptr);
  // The detached waiter may still be on its way out of stop() with a view of this frame: leave without unwinding it under its feet. Nothing
  // is lost: every reply was sent after its commit.
  std::_Exit(0);
}

}  // namespace ingot::cli
