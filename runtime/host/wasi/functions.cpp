// SPDX-License-Identifier: Apache-2.0
//
// Between the thunks in the island and the functions. No exception and no trap is raised here: a status goes back, and the thunk raises.

#include "host/wasi/functions.hpp"

#include <array>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "base/check.hpp"
#include "host/wasi/bodies.hpp"
#include "instance/instance.hpp"
#include "sandbox/enter.hpp"
#include "sandbox/fiber_loop.hpp"
#include "sandbox/watchdog.hpp"
#include "wasi_functions.hpp"

namespace ingot::host::wasi {
namespace {

using Body = Errno (*)(Call&);

/// In the order of abi/wasi_functions.hpp.
constexpr std::array<Body, ingot::wasi::functions.size()> bodies{
    args_get, args_sizes_get, environ_get, environ_sizes_get, clock_res_get, clock_time_get, fd_advise, fd_allocate, fd_close, fd_datasync, fd_fdstat_get,
    fd_fdstat_set_flags, fd_fdstat_set_rights, fd_filestat_get, fd_filestat_set_size, fd_filestat_set_times, fd_pread, fd_prestat_get, fd_prestat_dir_name, fd_pwrite,
    fd_read, fd_readdir, fd_renumber, fd_seek, fd_sync, fd_tell, fd_write, path_create_directory, path_filestat_get, path_filestat_set_times, path_link, path_open,
    path_readlink, path_remove_directory, path_rename, path_symlink, path_unlink_file, poll_oneoff, proc_exit, proc_raise, wasi::sched_yield, random_get, sock_accept,
    sock_recv, sock_send, sock_shutdown};

ingot_trap run(std::size_t index, Dialect dialect, const instance::GuestMemory& memory, World& world, ingot_slot* slots) noexcept {
  Call call{memory, world, slots, dialect};
  Errno error = Errno::nomem;
  try {
    error = bodies[index](call);
  } catch (const std::bad_alloc&) {  // the guest is told so
  } catch (const std::exception&) {
    return INGOT_TRAP_HOST;
  }
  if (!ingot::wasi::functions[index].results.empty()) slots[0].i64 = static_cast<std::uint64_t>(error);
  return call.trap;
}

struct Crossing {
  instance::Instance& guest;
  ingot_slot* slots;
  ingot_trap trap = INGOT_TRAP_NONE;
};

template <std::size_t index, Dialect dialect>
void cross(void* argument) noexcept {
  auto& [guest, slots, trap] = *static_cast<Crossing*>(argument);
  auto* world = static_cast<World*>(guest.host_data());
  trap = world == nullptr ? INGOT_TRAP_HOST : run(index, dialect, guest.memory(), *world, slots);
  // A guest that does nothing but call the host is never preempted; here it gives way.
  sandbox::FiberLoop::yield_if_due();
}

/// What a thunk calls. The work is done on the thread's own stack.
template <std::size_t index, Dialect dialect>
std::uint32_t bridge(void* context, ingot_slot* slots) noexcept {
  if (!sandbox::host_stack_has_room()) [[unlikely]] return INGOT_TRAP_STACK_EXHAUSTED;
  Crossing crossing{*static_cast<instance::Instance*>(context), slots};
  sandbox::on_host_stack(&cross<index, dialect>, &crossing);
  // A deadline that passed while the host worked or waited is acted upon now, before the guest goes on.
  return crossing.trap != INGOT_TRAP_NONE ? crossing.trap : sandbox::CallScope::requested();
}

template <Dialect dialect, std::size_t... indices>
constexpr auto bridges(std::index_sequence<indices...>) {
  return std::array<ingot_host_function, sizeof...(indices)>{&bridge<indices, dialect>...};
}
constexpr auto all = std::make_index_sequence<ingot::wasi::functions.size()>();
constexpr auto preview1_bridges = bridges<Dialect::preview1>(all);
constexpr auto unstable_bridges = bridges<Dialect::unstable>(all);

format::FunctionType type_of(const ingot::wasi::Signature& signature) {
  format::FunctionType type;
  for (const char letter : signature.params) type.params.push_back(letter == 'i' ? INGOT_TYPE_I32 : INGOT_TYPE_I64);
  type.results.assign(signature.results.size(), INGOT_TYPE_I32);
  return type;
}

}  // namespace

Result<ingot_host_function> resolve_import(const format::Import& import) {
  const std::string label = "import " + import.module + "." + import.name;
  if (import.kind != format::ExternKind::function) return Error{ErrorCode::contract, label + " is not a function; WASI offers only functions"};
  const auto index = ingot::wasi::index_of(import.name);
  if (!ingot::wasi::is_module(import.module) || !index) return Error{ErrorCode::contract, label + " is none of WASI preview1's (abi/WASI.md lists them)"};
  const format::FunctionType type = type_of(ingot::wasi::functions[*index]);
  if (import.type != type) return Error{ErrorCode::contract, label + " has type " + format::type_text(import.type) + "; WASI's is " + format::type_text(type)};
  return import.module == ingot::wasi::module_names[0] ? preview1_bridges[*index] : unstable_bridges[*index];
}

Result<std::vector<ingot_host_function>> resolve_imports(const format::Manifest& manifest) {
  std::vector<ingot_host_function> functions;
  for (const format::Import& import : manifest.imports) {
    INGOT_TRY(ingot_host_function function, resolve_import(import));
    functions.push_back(function);
  }
  return functions;
}

ingot_trap invoke(std::string_view name, Dialect dialect, const instance::GuestMemory& memory, World& world, ingot_slot* slots) noexcept {
  const auto index = ingot::wasi::index_of(name);
  INGOT_CHECK(index.has_value());
  const ingot_trap trap = run(*index, dialect, memory, world, slots);
  return trap != INGOT_TRAP_NONE ? trap : sandbox::CallScope::requested();
}

}  // namespace ingot::host::wasi
