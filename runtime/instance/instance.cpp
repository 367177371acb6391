// SPDX-License-Identifier: Apache-2.0
#include "instance/instance.hpp"

#include <array>
#include <cstring>
#include <new>
#include <utility>

#include "base/check.hpp"
#include "instance/backtrace.hpp"
#include "limits.hpp"
#include "sandbox/dirty_pages.hpp"
#include "sandbox/fault_handler.hpp"
#include "sandbox/slot_shelf.hpp"
#include "sandbox/watchdog.hpp"

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

namespace {

Result<sandbox::Slot> slot_for(const sandbox::Slot::Shape& shape, const InstanceLimits& limits) {
  if (limits.shared_start != nullptr) {
    const StartTemplate* const known = limits.shared_start->known(limits.memory_bytes_max);
    if (known != nullptr && known->record().image != nullptr) {
      if (auto slot = limits.shared_start->shelf().take(shape)) return std::move(*slot);
    }
  }
  if (auto slot = sandbox::SlotShelf::blank().take(shape)) return std::move(*slot);
  auto made = sandbox::Slot::create(shape);
  if (made.ok()) return made;
  // Address space is short, and what stands unused has another shape.
  sandbox::SlotShelf::blank().clear();
  return sandbox::Slot::create(shape);
}

}  // namespace

Result<std::unique_ptr<Instance>> Instance::make(std::shared_ptr<const load::LoadedModule> module, const InstanceLimits& limits,
                                                 std::shared_ptr<Store> store) {
  // | header | struct | guard | linear memory |: see INGOT_MEMORY_DISTANCE.
  const std::uint64_t distance = INGOT_MEMORY_DISTANCE(module->descriptor().instance_size);
  static_assert(INGOT_MEMORY_DISTANCE(0) == sandbox::Slot::front_guard_bytes);
  const sandbox::Slot::Shape shape{.front_bytes = limits::system_page_bytes + distance - sandbox::Slot::front_guard_bytes,
                                   .stack_bytes = store->stack ? 0 : limits.stack_bytes};
  INGOT_TRY(sandbox::Slot slot, slot_for(shape, limits));
  std::uint8_t* block = slot.base() - distance - sizeof(ingot_instance_header);
  const std::size_t block_bytes = sizeof(ingot_instance_header) + module->descriptor().instance_size;
  return std::unique_ptr<Instance>(new Instance(std::move(module), std::move(slot), std::move(store), block, block_bytes, limits));
}

Result<std::unique_ptr<Instance>> Instance::create(std::shared_ptr<const load::LoadedModule> module,
                                                   std::span<const ingot_host_function> host_functions, const InstanceLimits& limits) {
  INGOT_CHECK(host_functions.size() == module->descriptor().function_import_count);
  for (const format::Import& import : module->manifest().imports) {
    if (import.kind == format::ExternKind::function) continue;
    return Error{ErrorCode::contract, "import " + import.module + "." + import.name + " is no function; this host offers functions only"};
  }
  INGOT_TRY(auto instance, make(std::move(module), limits, std::make_shared<Store>()));
  instance->imports_.reserve(host_functions.size());
  for (const ingot_host_function function : host_functions) instance->imports_.push_back({function, instance.get()});
  return instance;
}

Result<std::unique_ptr<Instance>> Instance::create(std::shared_ptr<const load::LoadedModule> module, std::span<const Extern> given,
                                                   const InstanceLimits& limits, std::shared_ptr<Store> store) {
  INGOT_CHECK(given.size() == module->manifest().imports.size());
  INGOT_TRY(auto instance, make(std::move(module), limits, store != nullptr ? std::move(store) : std::make_shared<Store>()));
  const auto& imports = instance->module().manifest().imports;
  for (std::size_t index = 0; index < imports.size(); ++index) INGOT_TRY_VOID(instance->link(imports[index], given[index]));
  return instance;
}

Instance::Instance(std::shared_ptr<const load::LoadedModule> module, sandbox::Slot slot, std::shared_ptr<Store> store,
                   std::uint8_t* block, std::size_t block_bytes, const InstanceLimits& limits)
    : module_(std::move(module)),
      slot_(std::move(slot)),
      store_(std::move(store)),
      block_(block),
      block_bytes_(block_bytes),
      services_(slot_, limits.memory_bytes_max),
      shared_start_(limits.shared_start),
      survives_traps_(limits.survives_traps),
      initializes_(limits.initializes) {
  const sandbox::StackRange stack = store_->stack ? store_->stack->range() : slot_.stack();
  activation_.stack_limit = stack.host_call_limit();
  activation_.memory = slot_.range();
  activation_.stack_guard = stack.guard;
  activation_.stack = stack.usable;
  activation_.services = &services_;
  activation_.linked_memories = &store_->memory_list;
  activation_.import_stack_limit = &header()->stack_limit;
  store_->join(slot_.range(), &services_);
  services_.join(store_->services);
}

Instance::~Instance() {
  INGOT_CHECK(state_ != State::running);
  // Who was linked with it may hold references to its functions: where it stood there must be nothing, rather than somebody else.
  const bool nobody_knows_it = alone();
  const auto wrote = writers();
  store_->leave(slot_.range(), &services_);
  if (nobody_knows_it) give_slot_back(wrote);
}

void Instance::give_slot_back(sandbox::Slot::Writers wrote) {
  sandbox::SlotShelf* shelf = &sandbox::SlotShelf::blank();
  if (slot_.image() != nullptr && shared_start_ != nullptr && state_ != State::poisoned) {
    slot_.rewind(wrote);
    shelf = &shared_start_->shelf();
  } else {
    slot_.reset(wrote);
  }
  slot_.clear_front();
  try {
    shelf->put(std::move(slot_));
  } catch (const std::bad_alloc&) {  // then the next instance maps one
  }
}

void Instance::write_header(const ingot_host_import* imports) {
  header()->imports = imports;
  header()->stack_limit = activation_.stack_limit;
  header()->owner = this;
  header()->addresses = addresses_.data();
  // Where it is watched whether a start asks its host for anything, that goes through the imports too.
  header()->shared = imports == imports_.data() ? shared_ : nullptr;
}

std::optional<sandbox::Trap> Instance::start() {
  INGOT_CHECK(state_ == State::empty);
  try {
    if (start_as_known()) return std::nullopt;
  } catch (const std::bad_alloc&) {  // the long way needs less
    kept_.reset();
    services_.release_tables();
    std::memset(block_, 0, block_bytes_);
  }
  if (slot_.committed() != 0) slot_.reset();
  return start_natively();
}

bool Instance::start_as_known() {
  if (shared_start_ == nullptr || !alone()) return false;
  const StartTemplate* const known = shared_start_->known(services_.memory_quota_bytes());
  if (known == nullptr) return false;
  const StartRecord& record = known->record();
  const auto arrays = services_.make_tables(record.tables);
  if (!arrays) return false;
  if (slot_.image() != record.image.get()) {
    if (slot_.committed() != 0) slot_.reset();
    if (record.image != nullptr) slot_.adopt(record.image);
  }
  auto* const start = static_cast<std::uint8_t*>(guest());
  const auto place = reinterpret_cast<std::uintptr_t>(start);
  for (std::size_t table = 0; table < arrays->size(); ++table) known->write_table(table, static_cast<std::uint8_t*>((*arrays)[table]), place);
  known->write_struct(start, place, *arrays);
  if (record.linear_memory) services_.set_linear_memory(reinterpret_cast<wasm_rt_memory_t*>(start + *record.linear_memory));
  write_header(imports_.data());
  keep_here();
  start_asked_host_ = false;
  note_user(sandbox::this_thread_if_any());
  state_ = State::ready;
  return true;
}

std::optional<sandbox::Trap> Instance::start_natively() {
  const WatchedImports watched(imports_);
  // On every way out the imports are the real ones: a failure to say why the guest trapped is one of the ways.
  struct Unwatch {
    Instance& instance;
    ~Unwatch() { instance.write_header(instance.imports_.data()); }
  };
  std::optional<sandbox::Trap> trapped;
  {
    const Unwatch unwatch{*this};
    write_header(watched.data());
    const auto instantiate = [](void* instance, ingot_slot* slots) {
      // Runs on the guest's stack with trivial locals: a trap in the start function abandons this frame.
      reinterpret_cast<const ingot_descriptor*>(slots->i64)->instantiate(instance);
    };
    ingot_slot descriptor{};
    descriptor.i64 = reinterpret_cast<std::uint64_t>(&module_->descriptor());
    INGOT_CHECK(state_ == State::empty);
    state_ = State::ready;  // as far as the entry is concerned
    note_user(sandbox::this_thread_if_any());
    if (run(instantiate, guest(), &descriptor) != INGOT_TRAP_NONE) trapped = trap();
    const int initialize = initializes_ ? module_->find_function("_initialize") : -1;
    ingot_slot none{};
    if (!trapped && initialize >= 0) trapped = call(initialize, std::span(&none, 1));
  }
  start_asked_host_ = watched.called();
  if (trapped || start_asked_host_) return trapped;
  try {
    keep_start();
  } catch (const std::bad_alloc&) {  // then the next caller waits for a start
  }
  return std::nullopt;
}

void Instance::keep_start() {
  // What is kept is copied for each caller, and looked at once more for each instance; a guest whose start is large costs nobody but itself.
  if (shared_start_ == nullptr || !alone() || services_.was_short() || !shared_start_->wants()) return;
  if (slot_.committed() > limits::kept_memory_bytes_max || services_.table_bytes() + block_bytes_ > limits::kept_tables_bytes_max) return;
  StartRecord record;
  if (slot_.committed() > 0) {
    record.image = shared_start_->image_of(slot_.base(), slot_.committed());
    if (record.image == nullptr) {
      shared_start_.reset();  // it will not be another time
      return;
    }
    slot_.adopt(record.image);
  }
  keep_here();
  const auto* const start = static_cast<std::uint8_t*>(guest());
  record.guest = reinterpret_cast<std::uintptr_t>(start);
  record.block.assign(start, const_cast<const std::uint8_t*>(block_) + block_bytes_);
  record.tables = kept_->tables;
  record.memory_quota_bytes = services_.memory_quota_bytes();
  if (services_.linear_memory() != nullptr) {
    record.linear_memory = static_cast<std::size_t>(reinterpret_cast<const std::uint8_t*>(services_.linear_memory()) - start);
  }
  shared_start_->learn(std::move(record));
}

void Instance::keep_here() {
  auto kept = std::make_unique<KeptStart>();
  kept->block.assign(block_, block_ + block_bytes_);
  kept->tables = services_.copy_tables();
  kept_ = std::move(kept);
}

sandbox::Slot::Writers Instance::writers() const {
  const sandbox::ThreadRecord* const thread = sandbox::this_thread_if_any();
  // Whoever is linked with it may have written to its memory.
  const bool ours = alone() && thread != nullptr && !several_users_ && (user_ == no_user || user_ == thread->serial);
  return ours ? sandbox::Slot::Writers::this_thread : sandbox::Slot::Writers::any;
}

bool Instance::rewind() {
  if (kept_ == nullptr || state_ != State::ready || !alone() || !services_.restore_tables(kept_->tables)) return false;
  slot_.rewind(writers());
  std::memcpy(block_, kept_->block.data(), block_bytes_);
  return true;
}

std::optional<sandbox::Trap> Instance::call(int export_index, std::span<ingot_slot> slots) {
  INGOT_CHECK(state_ == State::ready);
  const auto index = static_cast<std::size_t>(export_index);
  INGOT_CHECK(slots.size() >= module_->slots_of(export_index));
  note_user(sandbox::this_thread_if_any());
  if (run(module_->descriptor().exports[index].call, guest(), slots.data()) != INGOT_TRAP_NONE) return trap();
  return std::nullopt;
}

ingot_trap Instance::note_trap(ingot_trap kind) noexcept {
  if (kind == INGOT_TRAP_STACK_EXHAUSTED && sandbox::import_calls_were_stopped(activation_)) {
    if (const ingot_trap requested = sandbox::CallScope::requested(); requested != INGOT_TRAP_NONE) kind = requested;
  }
  if (!survives_traps_) state_ = State::poisoned;
  const sandbox::Activation activation = activation_;
  activation_.forget_trap();
  trap_.emplace();
  trap_->kind = kind;
  trap_->pc = activation.trap_pc;
  trap_->address = activation.fault_address;
  try {
    trap_->backtrace = backtrace(*module_, activation);
    trap_->detail = !trap_detail_.empty() ? trap_detail_ : services_.refusal();
  } catch (const std::bad_alloc&) {  // that it trapped, and why, is known without
  }
  tidy();
  return kind;
}

void Instance::tidy() noexcept {
  activation_.untidy = false;
  header()->stack_limit = activation_.stack_limit;
  trap_detail_.clear();
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

void Instance::forget_call() {
  INGOT_CHECK(state_ != State::running);
  if (store_->stack && stack_used_) store_->stack->reset();
  stack_used_ = false;
  host_data_ = nullptr;
  trap_detail_.clear();
  trap_.reset();
}

void Instance::note_only_user() {
  const sandbox::ThreadRecord* const thread = sandbox::this_thread_if_any();
  user_ = thread != nullptr ? thread->serial : no_user;
  several_users_ = false;
}

void Instance::reset() {
  forget_call();
  if (!rewind()) return empty();
  note_only_user();
}

void Instance::clear() {
  forget_call();
  empty();
}

void Instance::empty() {
  kept_.reset();
  services_.release_tables();
  slot_.reset(writers());
  note_only_user();
  std::memset(block_, 0, block_bytes_);
  state_ = State::empty;
}

void Instance::retire() {
  INGOT_CHECK(state_ == State::ready);
  state_ = State::poisoned;
}

const StartTemplate* Instance::known_start() const {
  return shared_start_ == nullptr || !alone() ? nullptr : shared_start_->known(services_.memory_quota_bytes());
}

std::optional<Rested> Instance::rest() const {
  INGOT_CHECK(state_ == State::ready);
  const StartTemplate* const known = known_start();
  if (known == nullptr || start_asked_host_) return std::nullopt;
  // It may have started before anybody knew what a start leaves: then it shares no page with the image, and holds the same.
  const sandbox::MemoryImage* const image = known->record().image.get();
  if (slot_.image() != nullptr && slot_.image() != image) return std::nullopt;
  const auto arrays = arrays_as_started(*known);
  if (!arrays) return std::nullopt;
  auto memory = written_memory(image);
  auto changed = changed_struct(*known, *arrays);
  if (!memory || !changed) return std::nullopt;
  memory->shrink_to_fit();
  changed->shrink_to_fit();
  return Rested{slot_.committed(), std::move(*memory), std::move(*changed)};
}

std::optional<std::vector<void*>> Instance::arrays_as_started(const StartTemplate& known) const {
  const sandbox::TablesContent now = services_.copy_tables();
  const sandbox::TablesContent& was = known.record().tables;
  if (now.size() != was.size()) return std::nullopt;
  std::vector<void*> arrays;
  std::vector<std::uint8_t> expected;
  for (std::size_t table = 0; table < now.size(); ++table) {
    if (now[table].second.size() != was[table].second.size()) return std::nullopt;
    expected.resize(now[table].second.size());
    known.write_table(table, expected.data(), reinterpret_cast<std::uintptr_t>(guest()));
    if (now[table].second != expected) return std::nullopt;
    arrays.push_back(now[table].first);
  }
  return arrays;
}

std::optional<Differences> Instance::written_memory(const sandbox::MemoryImage* image) const {
  Differences differences;
  const std::uint64_t committed = slot_.committed();
  if (committed == 0) return differences;
  const std::uint8_t* const base = slot_.base();
  const auto begin = reinterpret_cast<std::uintptr_t>(base);
  std::array<sandbox::PageRun, limits::rested_page_runs_max> runs;
  const auto count = sandbox::written_pages(begin, begin + committed, sandbox::ZeroPages::written, limits::rested_pages_max, runs);
  if (!count) return std::nullopt;
  std::uint64_t written = 0;
  for (const sandbox::PageRun& run : std::span(runs).first(*count)) {
    written += run.end - run.begin;
    for (std::uintptr_t page = run.begin; page < run.end; page += limits::system_page_bytes) {
      const std::uint64_t at = page - begin;
      differences.add(base + at, image != nullptr && at < image->bytes() ? image->view() + at : nullptr, limits::system_page_bytes, at);
    }
  }
  if (differences.bytes() > written / 2) return std::nullopt;
  return differences;
}

// A word that changed may be a reference to a function, which has the instance's address in it. No guest sees that address; so whatever looks like it is taken for one.
std::optional<Differences> Instance::changed_struct(const StartTemplate& known, const std::vector<void*>& arrays) const {
  const auto lowest = reinterpret_cast<std::uintptr_t>(slot_.front()) - slot_.shape().stack_bytes, highest = slot_.range().end;
  const auto* const now = static_cast<const std::uint8_t*>(guest());
  std::vector<std::uint8_t> was(known.record().block.size());
  known.write_struct(was.data(), reinterpret_cast<std::uintptr_t>(now), arrays);
  for (std::size_t at = 0; at < was.size(); at += sizeof(std::uintptr_t)) {
    std::uintptr_t word = 0;
    std::memcpy(&word, now + at, sizeof word);
    if (std::memcmp(now + at, was.data() + at, sizeof word) != 0 && word >= lowest && word < highest) return std::nullopt;
  }
  Differences differences;
  differences.add(now, was.data(), was.size(), 0);
  return differences;
}

bool Instance::start_from(const Rested& rested) {
  INGOT_CHECK(state_ == State::empty);
  try {
    if (!start_as_known()) return false;
  } catch (const std::bad_alloc&) {
    empty();
    return false;
  }
  if (rested.committed < slot_.committed() || !slot_.commit(rested.committed)) {
    empty();
    return false;
  }
  rested.memory.apply(slot_.base());
  rested.block.apply(static_cast<std::uint8_t*>(guest()));
  return true;
}

}  // namespace ingot::instance
