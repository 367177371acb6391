// SPDX-License-Identifier: Apache-2.0
#include "channel.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace ingot::foreign {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t block = 64 * 1024;  // a WebAssembly page: compared whole before its pages are

void read_all(int fd, char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t got = read(fd, data, size);
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) std::exit(0);
    if (got < 0) give_up("cannot read: " + std::string(std::strerror(errno)));
    data += got;
    size -= static_cast<std::size_t>(got);
  }
}

void write_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t put = write(fd, data, size);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) give_up("cannot write: " + std::string(std::strerror(errno)));
    data += put;
    size -= static_cast<std::size_t>(put);
  }
}

template <typename T>
void put(std::string& to, T value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

class Reader final {
 public:
  explicit Reader(const std::string& bytes) : bytes_(bytes) {}
  const char* take(std::size_t size) {
    if (size > bytes_.size() - at_) give_up("a message is too short");
    at_ += size;
    return bytes_.data() + at_ - size;
  }
  template <typename T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value), sizeof value);
    return value;
  }

 private:
  const std::string& bytes_;
  std::size_t at_ = 0;
};

}  // namespace

void give_up(const std::string& why) {
  std::fprintf(stderr, "guest_server: %s\n", why.c_str());
  std::exit(1);
}

std::uint32_t Channel::watch(wasm_rt_memory_t* memory) {
  for (std::size_t id = 0; id < memories_.size(); ++id) {
    if (memories_[id].memory == memory) return static_cast<std::uint32_t>(id);
  }
  memories_.push_back({memory, {}});
  return static_cast<std::uint32_t>(memories_.size() - 1);
}

void Channel::send(const Message& message) {
  std::string bytes(4, '\0');
  put(bytes, message.op);
  put(bytes, message.a);
  put(bytes, message.b);
  put(bytes, static_cast<std::uint32_t>(message.slots.size()));
  for (const ingot_slot& slot : message.slots) put(bytes, slot.i64);
  put(bytes, static_cast<std::uint32_t>(message.text.size()));
  bytes += message.text;
  put(bytes, static_cast<std::uint32_t>(memories_.size()));
  for (std::size_t id = 0; id < memories_.size(); ++id) {
    Watched& watched = memories_[id];
    const char* data = reinterpret_cast<const char*>(watched.memory->data);
    watched.known.resize(watched.memory->size);
    put(bytes, static_cast<std::uint32_t>(id));
    put(bytes, watched.memory->size);
    const std::size_t count_at = bytes.size();
    put(bytes, std::uint32_t{0});
    std::uint32_t count = 0;
    for (std::size_t at = 0; at < watched.known.size(); at += page) {
      if (at % block == 0 && watched.known.size() - at >= block && std::memcmp(data + at, watched.known.data() + at, block) == 0) {
        at += block - page;
        continue;
      }
      if (std::memcmp(data + at, watched.known.data() + at, page) == 0) continue;
      put(bytes, static_cast<std::uint32_t>(at / page));
      bytes.append(data + at, page);
      std::memcpy(watched.known.data() + at, data + at, page);
      ++count;
    }
    std::memcpy(bytes.data() + count_at, &count, sizeof count);
  }
  const auto size = static_cast<std::uint32_t>(bytes.size() - 4);
  std::memcpy(bytes.data(), &size, sizeof size);
  write_all(out_, bytes.data(), bytes.size());
}

Message Channel::receive() {
  std::uint32_t size = 0;
  read_all(in_, reinterpret_cast<char*>(&size), sizeof size);
  std::string bytes(size, '\0');
  read_all(in_, bytes.data(), size);
  Reader reader(bytes);
  Message message;
  message.op = reader.number<Op>();
  message.a = reader.number<std::uint32_t>();
  message.b = reader.number<std::uint32_t>();
  message.slots.resize(reader.number<std::uint32_t>());
  for (ingot_slot& slot : message.slots) slot.i64 = reader.number<std::uint64_t>();
  const auto length = reader.number<std::uint32_t>();
  message.text.assign(reader.take(length), length);
  for (auto memories = reader.number<std::uint32_t>(); memories > 0; --memories) {
    const auto id = reader.number<std::uint32_t>();
    if (id >= memories_.size()) give_up("no such memory");
    Watched& watched = memories_[id];
    if (reader.number<std::uint64_t>() != watched.memory->size) give_up("a memory has another size than the other side says");
    for (auto pages = reader.number<std::uint32_t>(); pages > 0; --pages) {
      const std::size_t at = std::size_t{reader.number<std::uint32_t>()} * page;
      const char* content = reader.take(page);
      if (at >= watched.known.size()) give_up("a page outside memory");
      std::memcpy(watched.memory->data + at, content, page);
      std::memcpy(watched.known.data() + at, content, page);
    }
  }
  return message;
}

}  // namespace ingot::foreign
