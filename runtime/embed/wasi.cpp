// SPDX-License-Identifier: Apache-2.0
// WASI for guests of ingot.h: what is granted, and running a program.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "embed/objects.hpp"
#include "host/wasi/program.hpp"

using namespace ingot;
using namespace ingot::embed;
using host::wasi::OwnedFd;

namespace {

/// A descriptor that reads them from their beginning.
Result<OwnedFd> readable(const std::string& bytes) {
  OwnedFd file(memfd_create("ingot-input", MFD_CLOEXEC));
  if (file.get() < 0) return Error{ErrorCode::limit, std::string("no descriptor for a guest's input: ") + std::strerror(errno)};
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t written = write(file.get(), bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return Error{ErrorCode::limit, std::string("no memory for a guest's input: ") + std::strerror(errno)};
    done += static_cast<std::size_t>(written);
  }
  if (lseek(file.get(), 0, SEEK_SET) != 0) return Error{ErrorCode::io, std::string("a guest's input: ") + std::strerror(errno)};
  return file;
}

}  // namespace

Result<std::unique_ptr<host::wasi::World>> WasiConfig::world() const {
  const auto number = [&](std::size_t stream) { return streams[stream] != nullptr ? streams[stream]->get() : -1; };
  host::wasi::Grants grants;
  grants.arguments = arguments;
  grants.environment = environment;
  grants.directories = directories;
  grants.standard_input = number(0);
  grants.standard_output = number(1);
  grants.standard_error = number(2);
  OwnedFd own;  // until the world has a copy
  if (input) {
    INGOT_TRY(own, readable(*input));
    grants.standard_input = own.get();
  }
  return host::wasi::World::create(std::move(grants));
}

extern "C" {

ingot_wasi_config* ingot_wasi_config_new(void) { return new (std::nothrow) ingot_wasi_config; }

ingot_error* ingot_wasi_config_argument(ingot_wasi_config* config, const char* argument) {
  return guarded([&]() -> ingot_error* {
    if (argument == nullptr) return fail(INGOT_ERROR_ARGUMENT, "no argument was given");
    config->grants.arguments.emplace_back(argument);
    return nullptr;
  });
}

ingot_error* ingot_wasi_config_variable(ingot_wasi_config* config, const char* name, const char* value) {
  return guarded([&]() -> ingot_error* {
    if (name == nullptr || value == nullptr) return fail(INGOT_ERROR_ARGUMENT, "a variable needs a name and a value");
    if (*name == '\0' || std::strchr(name, '=') != nullptr) return fail(INGOT_ERROR_ARGUMENT, std::string("'") + name + "' is no name of a variable");
    config->grants.environment.push_back(std::string(name) + "=" + value);
    return nullptr;
  });
}

ingot_error* ingot_wasi_config_directory(ingot_wasi_config* config, const char* host, const char* guest, bool read_only) {
  return guarded([&]() -> ingot_error* {
    if (host == nullptr || guest == nullptr || *host == '\0' || *guest == '\0') return fail(INGOT_ERROR_ARGUMENT, "a directory needs a path and a name for the guest");
    config->grants.directories.push_back({.host = host, .guest = guest, .read_only = read_only});
    return nullptr;
  });
}

ingot_error* ingot_wasi_config_input_bytes(ingot_wasi_config* config, const void* bytes, size_t count) {
  return guarded([&]() -> ingot_error* {
    if (bytes == nullptr && count != 0) return fail(INGOT_ERROR_ARGUMENT, "no input was given");
    config->grants.input.emplace(static_cast<const char*>(bytes), count);
    config->grants.streams[0].reset();
    return nullptr;
  });
}

ingot_error* ingot_wasi_config_stream(ingot_wasi_config* config, int stream, int descriptor) {
  return guarded([&]() -> ingot_error* {
    if (stream < 0 || stream > 2) return fail(INGOT_ERROR_ARGUMENT, "there are the standard streams 0, 1 and 2");
    OwnedFd copy(fcntl(descriptor, F_DUPFD_CLOEXEC, 3));
    if (copy.get() < 0) return fail(errno == EBADF ? INGOT_ERROR_ARGUMENT : INGOT_ERROR_LIMIT, "descriptor " + std::to_string(descriptor) + ": " + std::strerror(errno));
    config->grants.streams[static_cast<std::size_t>(stream)] = std::make_shared<const OwnedFd>(std::move(copy));
    if (stream == 0) config->grants.input.reset();
    return nullptr;
  });
}

void ingot_wasi_config_free(ingot_wasi_config* config) { delete config; }

ingot_error* ingot_linker_define_wasi(ingot_linker* linker, const ingot_wasi_config* config) {
  return guarded([&]() -> ingot_error* {
    if (config == nullptr) return fail(INGOT_ERROR_ARGUMENT, "nothing was given to grant; ingot_wasi_config_new() grants the least");
    if (linker->definitions->wasi != nullptr) return fail(INGOT_ERROR_ARGUMENT, "WASI is defined already");
    auto grants = std::make_shared<const WasiConfig>(config->grants);
    linker->own_table().wasi = std::move(grants);
    return nullptr;
  });
}

ingot_error* ingot_instance_run(ingot_instance* instance, uint32_t* exit_code) {
  *exit_code = 0;
  return guarded([&]() -> ingot_error* {
    const auto start = instance::find_typed(*instance->module->loaded, "_start", {});
    if (!start.ok()) return fail(start.error());
    if (*start < 0) return fail(INGOT_ERROR_ARGUMENT, "module '" + instance->module->loaded->manifest().name + "' exports no _start: it is no program");
    const sandbox::CallScope scope(deadline_in(instance->limits.call_ns));
    if (ingot_error* const refused = instance->make_ready()) return refused;
    ingot_slot none{};
    const ingot_trap trap = instance->run(instance->guest->call_target(*start), &none);
    if (trap == INGOT_TRAP_NONE) {
      instance->guest->retire();
      instance->ended = true;
      return nullptr;
    }
    if (trap == INGOT_TRAP_EXIT && instance->world != nullptr && instance->world->exit_code) {
      instance->ended = true;
      *exit_code = *instance->world->exit_code;
      return nullptr;
    }
    return instance->trap_error(instance->guest->trap(), "_start");
  });
}

}  // extern "C"
