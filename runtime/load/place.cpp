// SPDX-License-Identifier: Apache-2.0
#include "load/place.hpp"

#include <sys/random.h>

#include <cstring>

#include "limits.hpp"
#include "sandbox/enter.hpp"
#include "sandbox/reserve.hpp"

namespace ingot::load {
namespace {

constexpr std::uint64_t page_bytes = 4096;
// The figures were the same for 1 MiB and 3 GiB. Below the host's code: what grows (the heap of brk) lies above it.
constexpr std::uint64_t window_bytes = 2 * limits::GiB;
constexpr std::uint64_t least_distance = 64 * limits::MiB;
constexpr int tries = 8;

void add_to(format::Bytes& bytes, std::uint64_t offset, std::uint64_t distance) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  value += distance;
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

}  // namespace

std::uint64_t place_near_host(std::uint64_t bytes) {
  const auto host = reinterpret_cast<std::uint64_t>(&ingot_sandbox_trap) / page_bytes * page_bytes;
  if (bytes > window_bytes / 2 || host < 2 * window_bytes) return 0;
  const std::uint64_t top = host - least_distance - bytes / page_bytes * page_bytes - page_bytes;
  for (int attempt = 0; attempt < tries; ++attempt) {
    std::uint32_t page = 0;
    if (getrandom(&page, sizeof page, GRND_NONBLOCK) != sizeof page) return 0;
    const std::uint64_t place = top - page % ((window_bytes - bytes) / page_bytes) * page_bytes;
    if (sandbox::is_free(place, bytes)) return place;
  }
  return 0;
}

std::optional<format::Bytes> moved(format::ByteView object, const ElfImage& image, std::uint64_t distance) {
  const auto places = image.places_of_addresses();
  if (!places) return std::nullopt;
  format::Bytes copy(object.begin(), object.end());
  for (const std::uint64_t offset : *places) add_to(copy, offset, distance);
  return copy;
}

}  // namespace ingot::load
