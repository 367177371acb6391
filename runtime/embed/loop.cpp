// SPDX-License-Identifier: Apache-2.0
// Fibers and what they wait for.
#include "embed/objects.hpp"

using namespace ingot;
using namespace ingot::embed;

namespace {

ingot_wait wait_of(sandbox::Woken woken) {
  switch (woken) {
    case sandbox::Woken::unparked: return INGOT_WAIT_DONE;
    case sandbox::Woken::timeout: return INGOT_WAIT_TIMEOUT;
    case sandbox::Woken::stopped: break;
  }
  return INGOT_WAIT_STOPPED;
}

}  // namespace

extern "C" {

ingot_loop_options ingot_loop_options_default(void) {
  ingot_loop_options options{};
  options.stack_bytes = limits::fiber_stack_bytes / INGOT_STACK_SCALE;
  options.slice_ns = limits::fiber_slice_ns;
  options.fibers = limits::fibers_max_default;
  return options;
}

ingot_error* ingot_loop_new(const ingot_loop_options* options, ingot_loop** out) {
  *out = nullptr;
  return guarded([&]() -> ingot_error* {
    const ingot_loop_options wanted = options != nullptr ? *options : ingot_loop_options_default();
    if (wanted.stack_bytes < 256 * limits::KiB || wanted.stack_bytes > 64 * limits::MiB) return fail(INGOT_ERROR_ARGUMENT, "options.stack_bytes is outside 256 KiB to 64 MiB");
    if (wanted.slice_ns < 1'000'000 || wanted.slice_ns > 1'000'000'000) return fail(INGOT_ERROR_ARGUMENT, "options.slice_ns is outside 1 ms to 1 s");
    if (wanted.fibers == 0) return fail(INGOT_ERROR_ARGUMENT, "a loop needs room for one fiber at least");
    if (std::ranges::any_of(wanted.reserved, [](std::uint64_t word) { return word != 0; })) {
      return fail(INGOT_ERROR_ARGUMENT, "options.reserved is not zero; begin with ingot_loop_options_default()");
    }
    const std::uint64_t page = limits::system_page_bytes;
    auto made = sandbox::FiberLoop::create({.stack_bytes = (wanted.stack_bytes + page - 1) / page * page * INGOT_STACK_SCALE,
                                            .slice = std::chrono::nanoseconds(wanted.slice_ns),
                                            .fibers_max = static_cast<std::size_t>(wanted.fibers)});
    if (!made.ok()) return fail(made.error());
    *out = new ingot_loop{std::move(made).value()};
    return nullptr;
  });
}

ingot_error* ingot_loop_spawn(ingot_loop* loop, ingot_body body, void* user) {
  return guarded([&]() -> ingot_error* {
    const auto spawned = loop->fibers->spawn([body, user] {
      body(user);
      end_scopes();
    });
    return spawned.ok() ? nullptr : fail(spawned.error());
  });
}

ingot_error* ingot_loop_run(ingot_loop* loop) {
  return guarded([&]() -> ingot_error* {
    if (sandbox::CallScope::inside() || sandbox::FiberLoop::inside()) return fail(INGOT_ERROR_ARGUMENT, "a loop cannot be run inside a call or a fiber");
    if (loop->running.exchange(true)) return fail(INGOT_ERROR_ARGUMENT, "this loop is run by another thread");
    loop->fibers->run();
    loop->running.store(false);
    return nullptr;
  });
}

void ingot_loop_stop(ingot_loop* loop) { loop->fibers->stop(); }
uint64_t ingot_loop_fibers(const ingot_loop* loop) { return loop->fibers->fibers(); }
void ingot_loop_free(ingot_loop* loop) { delete loop; }
void ingot_yield(void) { sandbox::FiberLoop::yield(); }

ingot_wait ingot_sleep(uint64_t nanoseconds) {
  const auto until = deadline_in(nanoseconds);
  for (;;) {  // whatever unparked it before was for something else
    ingot_wait waited = INGOT_WAIT_STOPPED;
    if (ingot_error* const error = guarded([&]() -> ingot_error* {
          waited = wait_of(sandbox::Strand::current().park(until));
          return nullptr;
        })) {
      ingot_error_free(error);
      return INGOT_WAIT_FAILED;
    }
    if (waited != INGOT_WAIT_DONE) return waited == INGOT_WAIT_TIMEOUT ? INGOT_WAIT_DONE : waited;
  }
}

ingot_event* ingot_event_new(void) { return new (std::nothrow) ingot_event; }
void ingot_event_set(ingot_event* event) { event->event.set(); }
void ingot_event_reset(ingot_event* event) { event->event.reset(); }

ingot_wait ingot_event_wait(ingot_event* event, uint64_t timeout_ns) {
  ingot_wait waited = INGOT_WAIT_FAILED;
  ingot_error_free(guarded([&]() -> ingot_error* {
    waited = wait_of(event->event.wait(deadline_in(timeout_ns)));
    return nullptr;
  }));
  return waited;
}

void ingot_event_free(ingot_event* event) { delete event; }

}  // extern "C"
