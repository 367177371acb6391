// SPDX-License-Identifier: Apache-2.0
#pragma once
// The least that an island needs to run: reservations for memory, malloc for tables, longjmp for traps. One thread, one guest at a time.

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "format/bundle.hpp"
#include "ingot/abi.h"
#include "ingot/island/wasm-rt.h"
#include "limits.hpp"

namespace ingot::compiler::fake {

inline std::jmp_buf landing;
inline uint8_t* linear_memory = nullptr;  // of the island that is being instantiated

[[noreturn]] inline void trap(uint32_t kind) { std::longjmp(landing, static_cast<int>(kind)); }

inline void allocate_memory(wasm_rt_memory_t* memory, uint64_t initial, uint64_t max, bool, uint32_t page) {
  ::mprotect(linear_memory, initial * page, PROT_READ | PROT_WRITE);
  *memory = {linear_memory, initial, max, page, initial * page, false};
}
inline uint64_t grow_memory(wasm_rt_memory_t* memory, uint64_t delta) {
  const uint64_t old = memory->pages;
  if (delta > memory->max_pages - old) return UINT64_MAX;
  memory->pages += delta;
  memory->size = memory->pages * memory->page_size;
  ::mprotect(memory->data, memory->size, PROT_READ | PROT_WRITE);
  return old;
}
inline void free_memory(wasm_rt_memory_t*) {}
inline void allocate_funcref_table(wasm_rt_funcref_table_t* table, uint32_t initial, uint32_t max) {
  *table = {static_cast<wasm_rt_funcref_t*>(std::calloc(initial, sizeof(wasm_rt_funcref_t))), max, initial};
}
inline uint32_t grow_funcref_table(wasm_rt_funcref_table_t*, uint32_t, const void*) { return UINT32_MAX; }
inline void free_funcref_table(wasm_rt_funcref_table_t* table) { std::free(table->data); }
inline void allocate_externref_table(wasm_rt_externref_table_t* table, uint32_t initial, uint32_t max) {
  *table = {static_cast<wasm_rt_externref_t*>(std::calloc(initial, sizeof(wasm_rt_externref_t))), max, initial};
}
inline uint32_t grow_externref_table(wasm_rt_externref_table_t*, uint32_t, void*) { return UINT32_MAX; }
inline void free_externref_table(wasm_rt_externref_table_t* table) { std::free(table->data); }

inline const ingot_runtime runtime{INGOT_ABI_VERSION,      sizeof(ingot_runtime),    trap,
                                   allocate_memory,        grow_memory,              free_memory,
                                   allocate_funcref_table, grow_funcref_table,       free_funcref_table,
                                   allocate_externref_table, grow_externref_table,   free_externref_table};

/// A mapped island with one instance.
class Island final {
 public:
  Island(format::ByteView object, const std::vector<ingot_host_import>& imports) {
    const int fd = ::memfd_create("island", MFD_CLOEXEC);
    if (::write(fd, object.data(), object.size()) != static_cast<ssize_t>(object.size())) std::abort();
    handle_ = ::dlopen(("/proc/self/fd/" + std::to_string(fd)).c_str(), RTLD_NOW | RTLD_LOCAL);
    descriptor_ = handle_ == nullptr ? nullptr : static_cast<const ingot_descriptor*>(::dlsym(handle_, INGOT_DESCRIPTOR_SYMBOL));
    if (descriptor_ == nullptr) return;
    *descriptor_->runtime_slot = &runtime;
    const uint64_t distance = INGOT_MEMORY_DISTANCE(descriptor_->instance_size);
    block_bytes_ = 4096 + distance + limits::memory_reservation_bytes;
    block_ = ::mmap(nullptr, block_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (block_ == MAP_FAILED || ::mprotect(block_, 4096 + distance - 65536, PROT_READ | PROT_WRITE) != 0) std::abort();
    linear_memory = static_cast<uint8_t*>(block_) + 4096 + distance;
    auto* header = reinterpret_cast<ingot_instance_header*>(linear_memory - distance) - 1;
    header->imports = imports.data();
    instance_ = header + 1;
    status_ = guarded([](const ingot_descriptor* d, void* i, ingot_slot*, std::size_t) { d->instantiate(i); }, nullptr, 0);
  }
  ~Island() {
    if (descriptor_ != nullptr) descriptor_->release(instance_);
    if (block_ != nullptr) ::munmap(block_, block_bytes_);
    // The object stays mapped: the descriptor's fd number may be reused, which glibc would mistake for the same library.
  }
  Island(const Island&) = delete;
  Island& operator=(const Island&) = delete;

  const ingot_descriptor* descriptor() const { return descriptor_; }
  int status() const { return status_; }
  void* address(std::size_t place) const { return descriptor_->exports[place].address(instance_); }
  /// 0, or the trap.
  int call(std::size_t place, ingot_slot* slots) {
    return guarded([](const ingot_descriptor* d, void* i, ingot_slot* s, std::size_t p) { d->exports[p].call(i, s); }, slots, place);
  }

 private:
  using Body = void (*)(const ingot_descriptor*, void*, ingot_slot*, std::size_t);
  int guarded(Body body, ingot_slot* slots, std::size_t place) {
    const int kind = setjmp(landing);
    if (kind == 0) body(descriptor_, instance_, slots, place);
    return kind;
  }

  void* handle_ = nullptr;
  const ingot_descriptor* descriptor_ = nullptr;
  void* block_ = nullptr;
  std::size_t block_bytes_ = 0;
  void* instance_ = nullptr;
  int status_ = -1;
};

}  // namespace ingot::compiler::fake
