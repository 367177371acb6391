// SPDX-License-Identifier: Apache-2.0
#pragma once
// Messages between guest_server and tests/foreign/channel.mjs over two pipes, all numbers little-endian:
//
//   u32 bytes of what follows | u8 op | u32 a | u32 b | u32 count, count x u64 slots | u32 length, text
//   | u32 memories, each: u32 id | u64 bytes now | u32 pages, each: u32 index, 4096 bytes
//
// Each side keeps every linear memory as both last knew it, and sends the pages that differ from that.

#include <cstdint>
#include <string>
#include <vector>

#include "ingot/abi.h"
#include "ingot/island/wasm-rt.h"

namespace ingot::foreign {

enum class Op : std::uint8_t {
  load = 1,         ///< in: text is a bundle's path. Answered by done: a is the module's number, text its imports and exports as JSON
  instantiate = 2,  ///< in: a is a module's number, slots two for each import: {0, host function} or {1 + instance, export index}.
                    ///< Answered by done: a is the instance's number, slots are pairs {export index, memory's number}
  call = 3,         ///< in: a is an instance's number, b an export's index, slots the arguments. Answered by done with the results
  answer = 4,       ///< in, after ask: slots are the results of the host function
  refuse = 5,       ///< in, after ask: the host function threw. Answered by trapped
  done = 16,
  failed = 17,      ///< out: text says why
  trapped = 18,     ///< out: text is the trap's name. Every call in progress is over
  ask = 19,         ///< out: a is the host function, slots its arguments
};

struct Message {
  Op op = Op::failed;
  std::uint32_t a = 0, b = 0;
  std::vector<ingot_slot> slots{};
  std::string text{};
};

/// Ends the process with a message when the other side is gone or sends what no one understands: there is nobody to serve then.
class Channel final {
 public:
  /// Neither is owned.
  Channel(int in, int out) : in_(in), out_(out) {}

  /// From now on this memory is kept equal on both sides. The same memory keeps its number.
  std::uint32_t watch(wasm_rt_memory_t* memory);
  void send(const Message& message);
  Message receive();

 private:
  struct Watched {
    wasm_rt_memory_t* memory;
    std::string known;  ///< its bytes as both sides last knew them
  };
  int in_, out_;
  std::vector<Watched> memories_;
};

[[noreturn]] void give_up(const std::string& why);

}  // namespace ingot::foreign
