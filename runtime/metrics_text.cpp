// SPDX-License-Identifier: Apache-2.0
#include "metrics_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "observe/process.hpp"
#include "version.hpp"

namespace ingot {
namespace {

/// As short as it reads back the same.
std::string number(double value) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? std::string(text.data(), end) : "NaN";
}

std::string number(std::uint64_t value) { return std::to_string(value); }

/// A label's value; the form escapes these three.
std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text;
}

class Page final {
 public:
  void family(const char* name, const char* type, const char* help) {
    name_ = name;
    text_ += "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " " + type + "\n";
  }
  template <typename Value>
  void sample(Value value, const std::string& labels = "", const char* suffix = "") {
    text_ += name_ + suffix + (labels.empty() ? "" : "{" + labels + "}") + " " + number(value) + "\n";
  }
  template <typename Value>
  void single(const char* name, const char* type, const char* help, Value value) {
    family(name, type, help);
    sample(value);
  }
  std::string take() && { return std::move(text_); }

 private:
  std::string name_, text_;
};

std::string label(const char* name, std::string_view value) { return std::string(name) + "=\"" + escaped(value) + "\""; }

void add_requests(Page& page, const observe::RequestMetrics& requests) {
  using Metrics = observe::RequestMetrics;
  page.family("ingot_http_requests_total", "counter", "Requests answered, by module (empty: the host's own routes) and status.");
  for (const auto& [module, series] : requests.series()) {
    for (int status = Metrics::status_min; status <= Metrics::status_max; ++status) {
      const std::uint64_t count = series->by_status[static_cast<std::size_t>(status - Metrics::status_min)].load(std::memory_order_relaxed);
      if (count > 0) page.sample(count, label("module", module) + "," + label("status", std::to_string(status)));
    }
  }
  page.family("ingot_http_request_duration_seconds", "histogram", "From a request's first byte to its answer, by module.");
  for (const auto& [module, series] : requests.series()) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < series->by_time.size(); ++i) {
      sum += series->by_time[i].load(std::memory_order_relaxed);
      page.sample(sum, label("module", module) + "," + label("le", i < Metrics::bounds.size() ? number(Metrics::bounds[i]) : "+Inf"), "_bucket");
    }
    page.sample(static_cast<double>(series->nanoseconds.load(std::memory_order_relaxed)) / 1e9, label("module", module), "_sum");
    page.sample(sum, label("module", module), "_count");
  }
  page.single("ingot_http_requests_in_flight", "gauge", "Requests that wait for their answer.", static_cast<std::uint64_t>(std::max<std::int64_t>(0, requests.in_flight())));
}

void add_modules(Page& page, const std::vector<ModuleEntry>& modules) {
  page.family("ingot_module_state", "gauge", "1 for the state that a module is in.");
  for (const ModuleEntry& entry : modules) {
    for (const ModuleState state : {ModuleState::active, ModuleState::inactive, ModuleState::quarantined}) {
      page.sample(std::uint64_t{entry.state == state}, label("module", entry.found.description.name) + "," + label("state", module_state_name(state)));
    }
  }
  const auto each = [&](const char* name, const char* type, const char* help, auto value) {
    page.family(name, type, help);
    for (const ModuleEntry& entry : modules) {
      if (entry.module != nullptr) page.sample(std::uint64_t{value(*entry.module)}, label("module", entry.found.description.name));
    }
  };
  each("ingot_module_calls_total", "counter", "Handlers run, calls between modules included.", [](const host::eerp::Module& module) { return module.calls(); });
  each("ingot_module_traps_total", "counter", "Handlers that ended in a trap, missed deadlines included.", [](const host::eerp::Module& module) { return module.traps(); });
  each("ingot_module_instances", "gauge", "Instances that are kept.", [](const host::eerp::Module& module) { return module.instances_made(); });
}

void add_plugins(Page& page, const std::vector<PluginEntry>& entries) {
  if (entries.empty()) return;
  page.family("ingot_plugin_state", "gauge", "1 for the state that a plugin is in.");
  for (const PluginEntry& entry : entries) {
    for (const ModuleState state : {ModuleState::active, ModuleState::quarantined}) {
      page.sample(std::uint64_t{entry.state == state}, label("plugin", entry.config.name) + "," + label("state", module_state_name(state)));
    }
  }
  page.family("ingot_plugin_calls_total", "counter", "Calls of a plugin since it was loaded, by how they ended.");
  for (const PluginEntry& entry : entries) {
    for (std::size_t i = 0; entry.plugin != nullptr && i < plugins::endings; ++i) {
      const auto ending = static_cast<plugins::Ending>(i);
      page.sample(entry.plugin->calls(ending), label("plugin", entry.config.name) + "," + label("outcome", plugins::ending_name(ending)));
    }
  }
  page.family("ingot_plugin_instances", "gauge", "Instances that are kept.");
  for (const PluginEntry& entry : entries) {
    if (entry.plugin != nullptr) page.sample(std::uint64_t{entry.plugin->instances_made()}, label("plugin", entry.config.name));
  }
  page.family("ingot_plugin_instances_at_rest", "gauge", "Of these, instances at rest.");
  for (const PluginEntry& entry : entries) {
    if (entry.plugin != nullptr) page.sample(std::uint64_t{entry.plugin->instances_at_rest()}, label("plugin", entry.config.name));
  }
}

}  // namespace

std::string metrics_text(Application& application, const observe::RequestMetrics& requests, std::size_t connections, std::chrono::system_clock::time_point started) {
  Page page;
  page.family("ingot_build_info", "gauge", "1; its label says what runs.");
  page.sample(std::uint64_t{1}, label("version", version));
  add_requests(page, requests);
  page.single("ingot_http_connections", "gauge", "Open connections of clients.", std::uint64_t{connections});
  page.single("ingot_database_connections", "gauge", "Open connections to the database.", std::uint64_t{application.connections().open_count()});
  add_modules(page, application.modules());
  add_plugins(page, application.plugins());

  // Names as Prometheus' client libraries have them.
  const observe::ProcessFacts process = observe::process_facts();
  page.single("process_cpu_seconds_total", "counter", "User and system time of this process.", process.cpu_seconds);
  page.single("process_resident_memory_bytes", "gauge", "Memory that is in RAM.", process.resident_bytes);
  page.single("process_open_fds", "gauge", "Open file descriptors.", process.open_files);
  page.single("process_threads", "gauge", "Threads.", process.threads);
  page.single("process_mappings", "gauge", "Mappings of the address space; the kernel allows vm.max_map_count.", process.mappings);
  page.single("process_start_time_seconds", "gauge", "When it began to serve, in seconds since 1970.", std::chrono::duration<double>(started.time_since_epoch()).count());
  return std::move(page).take();
}

}  // namespace ingot
