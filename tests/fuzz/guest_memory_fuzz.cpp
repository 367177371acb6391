// SPDX-License-Identifier: Apache-2.0
// The host's only way to a guest's bytes, against a model with 128-bit arithmetic: whatever numbers a guest gives, an access is all inside and gives the model's
// bytes, or it is refused and changes nothing. The sanitizer watches the buffer's ends.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "instance/guest_memory.hpp"

namespace {

class Input {
 public:
  Input(const std::uint8_t* bytes, std::size_t size) : at_(bytes), left_(size) {}
  bool empty() const { return left_ == 0; }
  std::uint32_t number() {
    std::uint32_t value = 0;
    const std::size_t take = left_ < 4 ? left_ : 4;
    std::memcpy(&value, at_, take);
    at_ += take;
    left_ -= take;
    return value;
  }

 private:
  const std::uint8_t* at_;
  std::size_t left_;
};

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  const std::uint32_t length = input.number() % 5000;
  const auto data = std::make_unique<std::uint8_t[]>(length);
  std::string model(length, '\0');
  for (std::uint32_t at = 0; at < length; ++at) model[at] = static_cast<char>(data[at] = static_cast<std::uint8_t>(at * 31));
  wasm_rt_memory_t memory{};
  memory.data = data.get();
  memory.size = length;
  const ingot::instance::GuestMemory view(&memory), none(nullptr);
  while (!input.empty()) {
    const std::uint32_t what = input.number() % 4;
    // Half of the numbers lie near the end of the memory, where mistakes are.
    std::uint32_t address = input.number(), count = input.number();
    if ((address & 1) != 0) address = length + 4 - (address >> 1) % 9;
    if ((count & 1) != 0) count = (count >> 1) % 17;
    const bool inside = static_cast<unsigned __int128>(address) + count <= length;
    require(view.holds(address, count) == inside);
    require(none.holds(address, count) == (address == 0 && count == 0));
    switch (what) {
      case 0: {
        const auto copy = view.copy_in(address, count);
        require(copy.has_value() == inside);
        if (copy) require(*copy == model.substr(address, count));
        break;
      }
      case 1: {
        if (count > 10000) count %= 10000;
        const std::string text(count, static_cast<char>(address));
        const bool fits = static_cast<unsigned __int128>(address) + count <= length;
        require(view.copy_out(address, text) == fits);
        if (fits) model.replace(address, count, text);
        break;
      }
      case 2: {
        const auto word = view.read_u32(address);
        require(word.has_value() == (std::uint64_t{address} + 4 <= length));
        if (word) require(std::memcmp(&*word, model.data() + address, 4) == 0);
        break;
      }
      default: {
        if (count > 10000) count %= 10000;
        const auto room = std::make_unique<char[]>(count);
        const bool fits = std::uint64_t{address} + count <= length;
        require(view.read(address, room.get(), count) == fits);
        if (fits) require(std::memcmp(room.get(), model.data() + address, count) == 0);
      }
    }
    require(std::memcmp(data.get(), model.data(), length) == 0);
  }
  return 0;
}
