// SPDX-License-Identifier: Apache-2.0
#pragma once
// Guest code beside the host's. A jump between pieces of code that lie far apart takes the processor longer to predict than one between neighbours, there and
// back; RATIONALE ("Guests lie near the host") has the figures. The system's loader maps an object where its first segment says, if that place is free, so an
// island's addresses are moved before it is sealed.

#include <cstdint>
#include <optional>

#include "format/bundle.hpp"
#include "load/elf_image.hpp"

namespace ingot::load {

/// A page's address for an object that takes `bytes` once it is mapped: below this program's own code, at random within 2 GiB of it, and free at this moment. 0: none was found,
/// which costs nothing but the time that nearness saves. Any thread.
std::uint64_t place_near_host(std::uint64_t bytes);

/// A copy of `object`, which `image` was read from, whose every address is larger by `distance`, a multiple of the page size: segments, the dynamic table's, relocations, the one
/// symbol. All else, section headers and debug information with it, is as it was. Nothing when its tables overlap one another: then it is mapped as it is.
std::optional<format::Bytes> moved(format::ByteView object, const ElfImage& image, std::uint64_t distance);

}  // namespace ingot::load
