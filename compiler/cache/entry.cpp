// SPDX-License-Identifier: Apache-2.0
#include "cache/entry.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>

#include "process/reading.hpp"

namespace ingot::compiler::cache {
namespace {

constexpr std::string_view mark{"ingot-cache-1\0\0\0", 16};
constexpr std::size_t key_at = 16, size_at = 48, digest_at = 56;
constexpr std::size_t key_digits = 64;
constexpr std::string_view unfinished_prefix = "unfinished-";

const char* suffix_of(Kind kind) { return kind == Kind::bundle ? ".bundle" : ".tool"; }

std::uint64_t size_in(const Header& header) {
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < 8; ++i) size |= std::uint64_t{header[size_at + i]} << (8 * i);
  return size;
}

/// Fills `bytes` from the file's next ones. Errors: io; verification, when the file ends before.
Result<void> read_exactly(int fd, std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::read(fd, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{ErrorCode::io, std::strerror(errno)};
    if (got == 0) return Error{ErrorCode::verification, "truncated"};
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

}  // namespace

std::string name_of(Kind kind, const Key& key) { return format::hex(key) + suffix_of(kind); }

Role role_of(std::string_view name) {
  if (name.starts_with(unfinished_prefix)) return Role::unfinished;
  if (name.size() <= key_digits || name.find_first_not_of("0123456789abcdef") != key_digits) return Role::foreign;
  if (name.substr(key_digits) == suffix_of(Kind::bundle)) return Role::bundle;
  return name.substr(key_digits) == suffix_of(Kind::tool) ? Role::tool : Role::foreign;
}

std::string unfinished_name() {
  std::random_device random;
  return std::string(unfinished_prefix) + std::to_string(::getpid()) + "-" + std::to_string(random()) + "-" + std::to_string(random());
}

Header header_for(const Key& key, format::ByteView content) {
  Header header{};
  std::copy(mark.begin(), mark.end(), header.begin());
  std::copy(key.begin(), key.end(), header.begin() + key_at);
  for (std::size_t i = 0; i < 8; ++i) header[size_at + i] = static_cast<std::uint8_t>(std::uint64_t{content.size()} >> (8 * i));
  const format::Digest digest = format::sha256(content);
  std::copy(digest.begin(), digest.end(), header.begin() + digest_at);
  return header;
}

Result<format::Bytes> read_entry(int fd, const Key& key, std::uint64_t content_bytes_max) {
  const auto unsound = [](const char* why) { return Error{ErrorCode::verification, why}; };
  struct stat status {};
  if (::fstat(fd, &status) != 0) return Error{ErrorCode::io, std::strerror(errno)};
  if (!S_ISREG(status.st_mode)) return unsound("not a regular file");
  if (status.st_uid != ::geteuid()) return unsound("of another user");
  Header header{};
  INGOT_TRY_VOID(read_exactly(fd, header));
  if (!std::equal(mark.begin(), mark.end(), header.begin())) return unsound("not an entry of this cache");
  if (!std::equal(key.begin(), key.end(), header.begin() + key_at)) return unsound("another entry under this name");
  const std::uint64_t size = size_in(header);
  if (size > content_bytes_max) return unsound("larger than such an entry may be");
  if (static_cast<std::uint64_t>(status.st_size) < header_bytes + size) return unsound("truncated");
  if (static_cast<std::uint64_t>(status.st_size) > header_bytes + size) return unsound("longer than it says");
  format::Bytes content = process::with_room_for(static_cast<std::size_t>(size) + format::signature_block_bytes_max);  // it will be signed in its place
  while (content.size() < size) {
    INGOT_TRY(const std::size_t got, process::append_some(fd, static_cast<std::size_t>(size) - content.size(), content));
    if (got == 0) return unsound("truncated");
  }
  const format::Digest digest = format::sha256(content);
  if (!std::equal(digest.begin(), digest.end(), header.begin() + digest_at)) return unsound("damaged");
  return content;
}

}  // namespace ingot::compiler::cache
