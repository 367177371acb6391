// SPDX-License-Identifier: Apache-2.0
#include "host/wasi/world.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "host/wasi/clock.hpp"
#include "limits.hpp"

namespace ingot::host::wasi {
namespace {

constexpr std::uint32_t first_grant = 3;  // behind the standard streams, where C libraries begin to look

const BeneathResolver beneath;

Error bad_word(const std::string& what) { return {ErrorCode::invalid_argument, what}; }

bool has_nul(const std::string& text) { return text.find('\0') != std::string::npos; }

}  // namespace

World::World(const Resolver* resolver) : resolver_(resolver), descriptors_(limits::wasi_descriptors_max) {
  clock_ns(ClockId::thread_cpu, processor_ns_before_);
}

Result<void> World::grant_stdio(std::uint32_t number, int host, Rights rights) {
  if (host < 0) return {};
  OwnedFd copy(fcntl(host, F_DUPFD_CLOEXEC, 0));
  auto descriptor = copy.valid() ? describe(std::move(copy), rights, 0) : std::nullopt;
  if (!descriptor) return {};  // closed where we were started: it is closed for the guest
  descriptor->is_inherited = true;
  if ((fcntl(descriptor->host.get(), F_GETFL) & O_APPEND) != 0) descriptor->flags |= fdflag::append;
  descriptors_.put(number, std::move(*descriptor));
  return {};
}

Result<void> World::grant(const DirectoryGrant& directory) {
  if (directory.guest.empty() || has_nul(directory.guest)) return bad_word("a directory needs a name for the guest");
  OwnedFd fd(::open(directory.host.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return Error{ErrorCode::io, "cannot open the directory " + directory.host + ": " + strerror(errno)};
  if (is_on_procfs(fd.get())) return bad_word("the directory " + directory.host + " is on procfs, through which a guest would reach this process's own memory");
  auto descriptor = describe(std::move(fd), right::of_directory, right::of_directory | right::of_file);
  if (!descriptor) return Error{ErrorCode::io, "cannot look at the directory " + directory.host};
  descriptor->read_only = directory.read_only;
  descriptor->granted_as = directory.guest;
  if (descriptors_.full()) return bad_word("too many directories");
  std::uint32_t number = first_grant;
  while (descriptors_.find(number) != nullptr) ++number;
  descriptors_.put(number, std::move(*descriptor));
  return {};
}

Result<std::unique_ptr<World>> World::create(Grants grants, const Resolver* resolver) {
  for (const std::string& text : grants.arguments) {
    if (has_nul(text)) return bad_word("an argument holds a NUL");
  }
  for (const std::string& text : grants.environment) {
    if (has_nul(text) || text.find('=') == std::string::npos || text.starts_with('=')) return bad_word("'" + text + "' is not of the form NAME=VALUE");
  }
  if (resolver == nullptr && !grants.directories.empty()) INGOT_TRY_VOID(BeneathResolver::check());
  std::unique_ptr<World> world(new World(resolver != nullptr ? resolver : &beneath));
  world->arguments_ = std::move(grants.arguments);
  world->environment_ = std::move(grants.environment);
  constexpr Rights both = right::of_file;
  INGOT_TRY_VOID(world->grant_stdio(0, grants.standard_input, both & ~right::that_write));
  INGOT_TRY_VOID(world->grant_stdio(1, grants.standard_output, both & ~right::fd_read));
  INGOT_TRY_VOID(world->grant_stdio(2, grants.standard_error, both & ~right::fd_read));
  for (const DirectoryGrant& directory : grants.directories) INGOT_TRY_VOID(world->grant(directory));
  std::uint32_t number = first_grant;
  for (OwnedFd& socket : grants.sockets) {
    auto descriptor = describe(std::move(socket), right::of_socket | right::of_listener, right::of_socket);
    if (!descriptor || (descriptor->type != FileType::socket_stream && descriptor->type != FileType::socket_datagram)) return bad_word("a granted socket is none");
    while (world->descriptors_.find(number) != nullptr) ++number;
    if (world->descriptors_.full()) return bad_word("too many sockets");
    world->descriptors_.put(number, std::move(*descriptor));
  }
  return world;
}

}  // namespace ingot::host::wasi
