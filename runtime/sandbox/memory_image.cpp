// SPDX-License-Identifier: Apache-2.0
#include "sandbox/memory_image.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/check.hpp"
#include "limits.hpp"

namespace ingot::sandbox {
namespace {

bool write_all(int descriptor, const std::uint8_t* begin, std::uint64_t bytes) {
  // Every page has its memory before anybody maps it: a hole would be filled at a touch, and a touch that finds no memory kills.
  if (posix_fallocate(descriptor, 0, static_cast<off_t>(bytes)) != 0) return false;
  for (std::uint64_t at = 0; at < bytes;) {
    const ssize_t written = pwrite(descriptor, begin + at, bytes - at, static_cast<off_t>(at));
    if (written <= 0) return false;
    at += static_cast<std::uint64_t>(written);
  }
  return true;
}

}  // namespace

Result<std::shared_ptr<const MemoryImage>> MemoryImage::of(const std::uint8_t* begin, std::uint64_t bytes) {
  INGOT_CHECK(bytes > 0 && bytes % limits::wasm_page_bytes == 0);
  const auto failed = [](const char* step) { return Error{ErrorCode::limit, std::string("cannot keep a guest's memory: ") + step + ": " + std::strerror(errno)}; };
  const int descriptor = memfd_create("ingot:memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) return failed("memfd_create");
  void* view = MAP_FAILED;
  if (write_all(descriptor, begin, bytes) &&
      fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0) {
    view = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
  }
  if (view == MAP_FAILED) {
    const Error error = failed("memory file");
    close(descriptor);
    return error;
  }
  madvise(view, bytes, MADV_DONTDUMP);
  return std::shared_ptr<const MemoryImage>(new MemoryImage(descriptor, bytes, static_cast<const std::uint8_t*>(view)));
}

MemoryImage::~MemoryImage() {
  munmap(const_cast<std::uint8_t*>(view_), bytes_);
  close(descriptor_);
}

bool MemoryImage::equals(const std::uint8_t* begin, std::uint64_t bytes) const { return bytes == bytes_ && std::memcmp(begin, view_, bytes) == 0; }

}  // namespace ingot::sandbox
