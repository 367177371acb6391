// SPDX-License-Identifier: Apache-2.0
#include "instance/instance.hpp"

#include <cstring>
#include <new>
#include <utility>

#include "base/check.hpp"
#include "instance/backtrace.hpp"
#include "limits.hpp"

namespace ingot::instance {

static_assert(sizeof(ingot_instance_header) == 64, "the generated struct behind it must stay aligned");

const char* state_name(State state) {
  switch (state) {
    case State::empty: return "empty";
    case State::ready: return "ready";
    case State::running: return "running";
    case State::poisoned: return "poisoned";
  }
  return "?";
}

Result<std::unique_ptr<Instance>> Instance::make(std::shared_ptr<const load::LoadedModule> module, const InstanceLimits& limits,
                                                 std::shared_ptr<Store> store) {
  // | header | struct | guard | linear memory |: see INGOT_MEMORY_DISTANCE.
  const std::uint64_t distance = INGOT_MEMORY_DISTANCE(module->descriptor().instance_size);
  static_assert(INGOT_MEMORY_DISTANCE(0) == sandbox::MemoryReservation::front_guard_bytes);
  INGOT_TRY(sandbox::MemoryReservation memory,
            sandbox::MemoryReservation::create(limits::system_page_bytes + distance - sandbox::MemoryReservation::front_guard_bytes));
  std::uint8_t* block = memory.base() - distance - sizeof(ingot_instance_header);
  const std::size_t block_bytes = sizeof(ingot_instance_header) + module->descriptor().instance_size;
  return std::unique_ptr<Instance>(new Instance(std::move(module), std::move(memory), std::move(store), block, block_bytes, limits));
}

Result<std::unique_ptr<Instance>> Instance::create(std::shared_ptr<const load::LoadedModule> module,
                                                   std::span<const ingot_host_function> host_functions, const InstanceLimits& limits) {
  INGOT_CHECK(host_functions.size() == module->descriptor().function_import_count);
  for (const format::Import& import : module->manifest().imports) {
    if (import.kind == format::ExternKind::function) continue;
    return Error{ErrorCode::contract, "import " + import.module + "." + import.name + " is no function; this host offers functions only"};
  }
  INGOT_TRY(std::shared_ptr<Store> store, Store::create());
  INGOT_TRY(auto instance, make(std::move(module), limits, std::move(store)));
  instance->imports_.reserve(host_functions.size());
  for (const ingot_host_function function : host_functions) instance->imports_.push_back({function, instance.get()});
  return instance;
}

Result<std::unique_ptr<Instance>> Instance::create(std::shared_ptr<const load::LoadedModule> module, std::span<const Extern> given,
                                                   const InstanceLimits& limits, std::shared_ptr<Store> store) {
  const auto& imports = module->manifest().imports;
  INGOT_CHECK(given.size() == imports.size());
  INGOT_TRY(auto instance, make(module, limits, std::move(store)));
  for (std::size_t index = 0; index < imports.size(); ++index) INGOT_TRY_VOID(instance->link(imports[index], given[index]));
  return instance;
}

Instance::Instance(std::shared_ptr<const load::LoadedModule> module, sandbox::MemoryReservation memory, std::shared_ptr<Store> store,
                   std::uint8_t* block, std::size_t block_bytes, const InstanceLimits& limits)
    : module_(std::move(module)),
      memory_(std::move(memory)),
      store_(std::move(store)),
      block_(block),
      block_bytes_(block_bytes),
      services_(memory_, limits.memory_bytes_max),
      shared_start_(limits.shared_start),
      survives_traps_(limits.survives_traps) {
  activation_.stack_limit = store_->stack.host_call_limit();
  activation_.memory = memory_.range();
  activation_.stack_guard = store_->stack.guard();
  activation_.stack = store_->stack.usable();
  activation_.services = &services_;
  activation_.linked_memories = &store_->memory_list;
  store_->join(memory_.range(), &services_);
  services_.join(store_->services);
}

Instance::~Instance() {
  INGOT_CHECK(state_ != State::running);
  store_->leave(memory_.range(), &services_);
}

std::optional<sandbox::Trap> Instance::start() {
  INGOT_CHECK(state_ == State::empty);
  const WatchedImports watched(imports_);
  auto* header = reinterpret_cast<ingot_instance_header*>(block_);
  // On every way out the imports are the real ones: a failure to say why the guest trapped is one of the ways.
  struct Unwatch {
    ingot_instance_header* header;
    const ingot_host_import* imports;
    ~Unwatch() { header->imports = imports; }
  };
  std::optional<sandbox::Trap> trapped;
  {
    const Unwatch unwatch{header, imports_.data()};
    header->imports = watched.data();
    header->stack_limit = store_->stack.host_call_limit();
    header->owner = this;
    header->addresses = addresses_.data();
    const auto instantiate = [](void* instance, ingot_slot* slots) {
      // Runs on the guest's stack with trivial locals: a trap in the start function abandons this frame.
      reinterpret_cast<const ingot_descriptor*>(slots->i64)->instantiate(instance);
    };
    ingot_slot descriptor{};
    descriptor.i64 = reinterpret_cast<std::uint64_t>(&module_->descriptor());
    if (run(instantiate, &descriptor) != INGOT_TRAP_NONE) trapped = trap();
    const int initialize = module_->find_function("_initialize");
    ingot_slot none{};
    if (!trapped && initialize >= 0) trapped = call(initialize, std::span(&none, 1));
  }
  if (trapped || watched.called()) return trapped;
  try {
    keep_start();
  } catch (const std::bad_alloc&) {  // then the next caller waits for a start
  }
  return std::nullopt;
}

void Instance::keep_start() {
  // What is kept is copied for each caller, and looked at once more for each instance; a guest whose start is large costs nobody but itself.
  if (shared_start_ == nullptr || !alone() || services_.was_short()) return;
  if (memory_.committed() > limits::kept_memory_bytes_max || services_.table_bytes() + block_bytes_ > limits::kept_tables_bytes_max) return;
  auto kept = std::make_unique<KeptStart>();
  kept->block.assign(block_, block_ + block_bytes_);
  kept->tables = services_.copy_tables();
  kept->has_memory = memory_.committed() > 0;
  if (kept->has_memory) {
    auto image = shared_start_->image_of(memory_.base(), memory_.committed());
    if (image == nullptr) {
      shared_start_.reset();  // it will not be another time
      return;
    }
    memory_.adopt(std::move(image));
  }
  kept_ = std::move(kept);
}

bool Instance::rewind() {
  if (kept_ == nullptr || state_ != State::ready || !alone() || !services_.restore_tables(kept_->tables)) return false;
  if (kept_->has_memory) {
    memory_.rewind();
  } else {
    memory_.reset();
  }
  std::memcpy(block_, kept_->block.data(), block_bytes_);
  return true;
}

std::optional<sandbox::Trap> Instance::call(int export_index, std::span<ingot_slot> slots) {
  INGOT_CHECK(state_ == State::ready);
  const auto index = static_cast<std::size_t>(export_index);
  const format::FunctionType& type = module_->manifest().exports[index].type;
  INGOT_CHECK(slots.size() >= format::slot_count(type.params) && slots.size() >= format::slot_count(type.results));
  if (run(module_->descriptor().exports[index].call, slots.data()) != INGOT_TRAP_NONE) return trap();
  return std::nullopt;
}

void Instance::note_trap(ingot_trap kind) {
  if (!survives_traps_) state_ = State::poisoned;
  const sandbox::Activation activation = activation_;
  activation_.forget_trap();
  trap_ = std::make_unique<sandbox::Trap>();
  trap_->kind = kind;
  trap_->pc = activation.trap_pc;
  trap_->address = activation.fault_address;
  trap_->backtrace = backtrace(*module_, activation);
  trap_->detail = !trap_detail_.empty() ? trap_detail_ : services_.refusal();
}

void* Instance::export_address(int export_index) const {
  INGOT_CHECK(state_ == State::ready);
  const ingot_export& item = module_->descriptor().exports[static_cast<std::size_t>(export_index)];
  INGOT_CHECK(item.address != nullptr);
  return item.address(guest());
}

CallTarget Instance::call_target(int export_index) const {
  const ingot_export& item = module_->descriptor().exports[static_cast<std::size_t>(export_index)];
  INGOT_CHECK(item.call != nullptr);
  return {item.call, guest()};
}

void Instance::reset() {
  INGOT_CHECK(state_ != State::running);
  if (stack_used_) store_->stack.reset();
  stack_used_ = false;
  host_data_ = nullptr;
  trap_detail_.clear();
  trap_.reset();
  if (rewind()) return;
  kept_.reset();
  services_.release_tables();
  memory_.reset();
  std::memset(block_, 0, block_bytes_);
  state_ = State::empty;
}

}  // namespace ingot::instance
