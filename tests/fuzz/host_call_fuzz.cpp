// SPDX-License-Identifier: Apache-2.0
// The functions that a business module can call, by a guest that gives whatever numbers and has whatever bytes in its memory. What must hold is what abi/EERP.md says:
// an argument outside of memory is a trap and nothing else is; only host.result and host.random write, and only where they were told to. A read or a write
// behind the memory meets pages that nobody may touch, one beside a host's buffer the sanitizer.
//
// The guest is guests/host_calls.wat, cast by run.mjs, which sets INGOT_FUZZ_GUEST.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/verify.hpp"
#include "db/pool.hpp"
#include "fuzz/input.hpp"
#include "host/eerp/context.hpp"
#include "host/eerp/functions.hpp"
#include "instance/instance.hpp"
#include "limits.hpp"
#include "load/module.hpp"
#include "observe/log.hpp"
#include "sandbox/watchdog.hpp"

extern "C" const char* __asan_default_options() { return "detect_stack_use_after_return=0:allow_user_segv_handler=1"; }

namespace {

namespace eerp = ingot::host::eerp;
namespace limits = ingot::limits;
using ingot::fuzz::Input;
using ingot::fuzz::require;
using ingot::instance::Instance;

/// There is none; what a statement's arguments are is judged before anybody connects.
class NoDatabase final : public ingot::db::Database {
 public:
  ingot::db::Kind kind() const override { return ingot::db::Kind::sqlite; }
  ingot::Result<std::unique_ptr<ingot::db::Connection>> connect(ingot::db::Deadline) override { return ingot::Error{ingot::ErrorCode::unavailable, "there is no database"}; }
  std::string quote_identifier(std::string_view name) const override { return std::string(name); }
  std::string table_name(std::string_view, std::string_view table) const override { return std::string(table); }
};

/// One other module, which answers with what it was sent.
class Echo final : public eerp::Directory {
 public:
  ingot::Result<eerp::CallAnswer> call(const std::string& name, const eerp::CallRequest& request, eerp::RequestScope&) override {
    require(name == "crm", "only what stands in depends is called");
    require(request.method.size() <= limits::method_bytes_max && request.path.size() <= limits::path_bytes_max && request.body.size() <= limits::request_body_bytes_max,
            "what another module is sent is bounded");
    if (request.path.empty()) return ingot::Error{ingot::ErrorCode::not_found, "no such route: \xff\x01\""};
    return eerp::CallAnswer{200, request.body.empty() ? "null" : request.body};
  }
};

/// Where the guest's text has something that makes sense: address and length.
constexpr std::pair<std::uint32_t, std::uint32_t> phrases[] = {{256, 3}, {259, 3}, {262, 13}, {275, 14}, {289, 16}, {305, 9}, {314, 7}, {321, 8}};

struct Shape {
  const char* name;
  int slots;
  std::vector<int> texts;  ///< which slot holds the address of a text; the next one its length
};
const Shape shapes[] = {
    {"log", 2, {0}},    {"log_level", 3, {1}}, {"register_route", 5, {0, 2}}, {"register_route_7", 7, {0, 2, 5}}, {"query", 4, {0, 2}}, {"execute", 4, {0, 2}}, {"data", 2, {0}}, {"call", 8, {0, 2, 4, 6}},
    {"result", 2, {}},  {"random", 2, {}},     {"now_ms", 0, {}},             {"abort", 4, {}},                   {"seed", 0, {}},      {"trace", 7, {}},        {"console.log", 1, {}},
};

/// Everything that outlives one input.
struct World {
  World() {
    const char* const path = std::getenv("INGOT_FUZZ_GUEST");
    if (path == nullptr) {
      std::fputs("INGOT_FUZZ_GUEST is not set: run this through tests/fuzz/run.mjs\n", stderr);
      std::exit(2);
    }
    ingot::observe::silence_log();
    ingot::sandbox::start_watchdog().value();
    ingot::bundle::TrustPolicy trust;
    trust.allow_unsigned = true;
    module = ingot::load::load(ingot::bundle::open_and_verify(path, trust).value()).value();
    guest = Instance::create(module, eerp::resolve_imports(module->manifest()).value(),
                             {.memory_bytes_max = 16 * limits::MiB, .shared_start = std::make_shared<ingot::instance::SharedStart>()})
                .value();
    rights.name = "fuzz";
    rights.depends = {"crm"};
    rights.authority = rights.data_authority = {"fuzz", &schema};
  }
  std::shared_ptr<const ingot::load::LoadedModule> module;
  std::unique_ptr<Instance> guest;
  NoDatabase database;
  ingot::db::ConnectionPool pool{database, {}};
  Echo directory;
  ingot::db::Schema schema{.module = "fuzz", .tables = {}};
  eerp::ModuleRights rights;
};

World& world() {
  static World* const instance = new World;
  return *instance;
}

/// One input: a guest from its start on, and what its memory must hold.
class Trial {
 public:
  Trial(World& world, bool loading)
      : guest_(*world.guest),
        deadline_(std::chrono::steady_clock::now() + std::chrono::seconds(60)),
        scope_(deadline_),
        transaction_(world.pool, gate_, blocking_, deadline_, true) {
    guest_.reset();
    require(!guest_.ensure_started(), "the guest starts");
    request_.request_id = "fuzz";
    request_.deadline = deadline_;
    request_.transaction = &transaction_;
    request_.directory = &world.directory;
    context_.rights = &world.rights;
    if (loading) {
      context_.routes = &routes_;
    } else {
      context_.request = &request_;
    }
    guest_.set_host_data(&context_);
    remember();
  }

  void write(std::uint32_t address, std::uint64_t bytes, std::uint32_t count) {
    const std::string text(reinterpret_cast<const char*>(&bytes), std::min<std::uint32_t>(count, 8));
    if (guest_.memory().copy_out(address, text)) model_.replace(address, text.size(), text);
  }
  void grow() {
    ingot_slot slot{};
    slot.i32 = 1;
    require(!run("grow", &slot), "growing never traps");
    remember();
  }
  /// How often the next module call was already passed on.
  void set_depth(int depth) { request_.depth = depth; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(model_.size()); }

  /// False when the guest trapped: then it is over.
  bool call(const Shape& shape, ingot_slot* slots) {
    std::uint32_t given[8];
    for (int i = 0; i < 8; ++i) given[i] = slots[i].i32;
    const std::string_view name = shape.name;
    const std::string result_before = context_.result;
    const auto trap = run(shape.name, slots);
    const bool texts_inside = std::ranges::all_of(shape.texts, [&](int at) { return inside(given[at], given[at + 1]); });
    std::uint64_t may_change = 0;
    bool in_order = texts_inside;
    if (name == "result") {
      may_change = std::min<std::uint64_t>(result_before.size(), given[1]);
      in_order = inside(given[0], may_change);
    } else if (name == "random") {
      may_change = given[1];
      in_order = inside(given[0], given[1]);
    }
    if (name == "abort") {
      require(trap && trap->kind == INGOT_TRAP_EXIT, "abort ends the guest");
      require(is_text(given[0]) || trap->detail == "abort: ", "a text that is not all inside memory is none");
      may_change = 0;
    } else {
      require(trap.has_value() != in_order, "an argument outside of memory is a trap, and nothing else is");
      if (trap) require(trap->kind == INGOT_TRAP_HOST && trap->detail.starts_with("argument of host."), "the trap says whose argument it was");
    }
    expect_unchanged(trap ? 0 : given[0], trap ? 0 : may_change);
    if (trap) return false;
    judge(name, slots, given, result_before);
    ingot_slot kept{};
    require(!run("kept", &kept) && kept.i64 == 0x0123456789abcdef, "the guest's struct is as it was");
    return true;
  }

 private:
  std::optional<ingot::sandbox::Trap> run(const char* name, ingot_slot* slots) { return guest_.call(guest_.module().find_function(name), std::span(slots, 8)); }
  void remember() {
    model_ = guest_.memory().copy_in(0, static_cast<std::uint32_t>(guest_.memory().size())).value();
  }
  bool inside(std::uint64_t address, std::uint64_t length) const { return static_cast<unsigned __int128>(address) + length <= model_.size(); }
  /// A string of AssemblyScript's: its length in bytes stands before it; the host reads 8 KiB of it at most.
  bool is_text(std::uint32_t address) const {
    if (address < 4 || !inside(address - 4, 4)) return false;
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, model_.data() + address - 4, 4);
    return inside(address, std::min(bytes, 8192u) & ~1u);
  }
  /// Nothing but [address, address + count), which is then taken over into the model.
  void expect_unchanged(std::uint64_t address, std::uint64_t count) {
    const auto now = guest_.memory().copy_in(0, size());
    require(now && guest_.memory().size() == model_.size(), "the memory has its size");
    const std::size_t end = address + count;
    require(std::memcmp(now->data(), model_.data(), address < model_.size() ? address : model_.size()) == 0, "nothing before it was written to");
    if (end < model_.size()) require(std::memcmp(now->data() + end, model_.data() + end, model_.size() - end) == 0, "nothing behind it was written to");
    model_ = *now;
  }
  void judge(std::string_view name, const ingot_slot* slots, const std::uint32_t* given, const std::string& result_before) {
    const auto number = static_cast<std::int32_t>(slots[0].i32);
    if (name == "query" || name == "execute" || name == "data" || name == "call") {
      require(static_cast<std::uint64_t>(std::abs(std::int64_t{number})) == context_.result.size(), "the number is the result's length");
      require(name == "call" || number < 0, "without a database no statement succeeds");
    } else {
      require(context_.result == result_before, "who gives no result leaves the last one");
    }
    if (name == "result") {
      require(number >= 0 && static_cast<std::uint32_t>(number) == std::min<std::uint64_t>(result_before.size(), given[1]), "it says how much it wrote");
      require(model_.compare(given[0], static_cast<std::size_t>(number), result_before, 0, static_cast<std::size_t>(number)) == 0, "it wrote the result");
    } else if (name.starts_with("register_route")) {
      require(number <= 0 && number >= -4 && (context_.routes != nullptr || number != 0), "a status of the contract");
      require(routes_.size() <= limits::routes_per_module_max, "routes are bounded");
      if (number == 0) require(routes_.back().method.size() <= limits::method_bytes_max && routes_.back().path.size() <= limits::path_bytes_max, "no text was cut and taken");
    } else if (name == "seed") {
      require(std::isfinite(slots[0].f64), "a seed is a number");
    } else if (name == "now_ms") {
      require(static_cast<std::int64_t>(slots[0].i64) > 0, "it is later than 1970");
    }
  }

  Instance& guest_;
  std::chrono::steady_clock::time_point deadline_;
  ingot::sandbox::CallScope scope_;
  eerp::ConnectionGate gate_{1};
  eerp::BlockingHere blocking_;
  eerp::Transaction transaction_;
  eerp::RequestScope request_;
  eerp::CallContext context_;
  std::vector<eerp::RouteDeclaration> routes_;
  std::string model_;
};

/// A number of the guest's. The low bits of the first say of which kind: any; near the memory's end; small; of something that makes sense.
void shape_argument(Input& input, Trial& trial, ingot_slot* slots, int at, int count) {
  const std::uint64_t raw = input.number(5);
  const std::uint64_t garbage = raw << 29;  // what stands above an i32 in its slot is nobody's business
  auto value = static_cast<std::uint32_t>(raw >> 8);
  switch (raw & 7) {
    case 0: case 1: value = trial.size() + 8 - value % 24; break;
    case 2: case 3: value %= 600; break;
    case 4: case 5:
      if (at + 1 < count) {
        const auto& [address, length] = phrases[value % std::size(phrases)];
        slots[at + 1].i64 = garbage & ~std::uint64_t{0xffffffff};
        slots[at + 1].i32 = length;
        value = address;
      }
      break;
    default: break;
  }
  slots[at].i64 = garbage & ~std::uint64_t{0xffffffff};
  slots[at].i32 = value;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  Trial trial(world(), input.number(1) % 4 == 0);
  while (!input.empty()) {
    const auto what = static_cast<std::uint32_t>(input.number(1));
    if (what >= 0xf0) {
      trial.grow();
    } else if (what >= 0xe8) {
      trial.set_depth(static_cast<int>(what % (limits::call_nesting_max + 1)));
    } else if (what >= 0xa0) {
      const auto address = static_cast<std::uint32_t>(input.number(2));
      trial.write((what & 1) != 0 ? trial.size() - address % 64 : address, input.number(8), what & 15);
    } else {
      const Shape& shape = shapes[what % std::size(shapes)];
      ingot_slot slots[8]{};
      for (int at = 0; at < shape.slots; ++at) {
        if (slots[at].i64 == 0) shape_argument(input, trial, slots, at, shape.slots);
      }
      if (!trial.call(shape, slots)) return 0;
    }
  }
  return 0;
}
