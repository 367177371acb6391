// SPDX-License-Identifier: Apache-2.0
//
// What a guest knows of itself: arguments, environment, clocks, chance, its end.

#include <sched.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>

#include "host/wasi/bodies.hpp"
#include "host/wasi/clock.hpp"
#include "limits.hpp"
#include "sandbox/fiber_loop.hpp"
#include "sandbox/watchdog.hpp"

namespace ingot::host::wasi {
namespace {

std::uint64_t bytes_of(const std::vector<std::string>& texts) {
  std::uint64_t bytes = 0;
  for (const std::string& text : texts) bytes += text.size() + 1;
  return bytes;
}

/// Addresses of the texts to argument 0, the texts with a NUL behind each to argument 1.
Errno give_texts(const Call& call, const std::vector<std::string>& texts) {
  std::string all;
  std::string addresses;
  std::uint64_t at = call.word(1);
  for (const std::string& text : texts) {
    const auto address = static_cast<std::uint32_t>(at);
    addresses.append(reinterpret_cast<const char*>(&address), sizeof address);
    all.append(text.c_str(), text.size() + 1);
    at += text.size() + 1;
  }
  if (addresses.size() > UINT32_MAX || all.size() > UINT32_MAX) return Errno::overflow;
  if (!call.has_room(call.word(0), static_cast<std::uint32_t>(addresses.size())) || !call.has_room(call.word(1), static_cast<std::uint32_t>(all.size()))) return Errno::fault;
  call.memory.copy_out(call.word(0), addresses);
  call.memory.copy_out(call.word(1), all);
  return Errno::success;
}

Errno give_sizes(const Call& call, const std::vector<std::string>& texts) {
  if (!call.has_room(call.word(0), 4) || !call.has_room(call.word(1), 4)) return Errno::fault;
  call.give(call.word(0), static_cast<std::uint32_t>(texts.size()));
  return call.give(call.word(1), static_cast<std::uint32_t>(bytes_of(texts)));
}

}  // namespace

Errno args_get(Call& call) { return give_texts(call, call.world.arguments()); }
Errno args_sizes_get(Call& call) { return give_sizes(call, call.world.arguments()); }
Errno environ_get(Call& call) { return give_texts(call, call.world.environment()); }
Errno environ_sizes_get(Call& call) { return give_sizes(call, call.world.environment()); }

Errno clock_res_get(Call& call) {
  std::uint64_t resolution = 0;
  const Errno error = clock_resolution_ns(ClockId{call.word(0)}, resolution);
  return error != Errno::success ? error : call.give(call.word(1), resolution);
}

Errno clock_time_get(Call& call) {
  const ClockId id{call.word(0)};
  std::uint64_t now = 0;
  const Errno error = clock_ns(id, now);
  if (error != Errno::success) return error;
  if (id == ClockId::process_cpu || id == ClockId::thread_cpu) now -= std::min(now, call.world.processor_ns_before());
  return call.give(call.word(2), now);
}

Errno proc_exit(Call& call) {
  call.world.exit_code = call.word(0);
  call.trap = INGOT_TRAP_EXIT;
  return Errno::success;
}

Errno proc_raise(Call& call) {
  // There are no signals here: "none" asks for nothing, the others cannot be sent.
  constexpr std::uint32_t signals_max = 30;
  if (call.word(0) > signals_max) return Errno::inval;
  return call.word(0) == 0 ? Errno::success : Errno::notsup;
}

Errno sched_yield(Call&) {
  if (sandbox::FiberLoop::inside()) {
    sandbox::FiberLoop::yield();
  } else {
    ::sched_yield();
  }
  return Errno::success;
}

Errno random_get(Call& call) {
  const auto to = call.memory.window(call.word(0), call.word(1));
  if (!to) return Errno::fault;
  constexpr std::size_t step = 1 * limits::MiB;  // a deadline is looked at in between
  for (std::size_t done = 0; done < to->size();) {
    if (sandbox::CallScope::requested() != INGOT_TRAP_NONE) return Errno::intr;
    const ssize_t got = getrandom(to->data() + done, std::min(step, to->size() - done), 0);
    if (got < 0 && errno != EINTR) return last_errno();
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  return Errno::success;
}

}  // namespace ingot::host::wasi
