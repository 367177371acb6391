// SPDX-License-Identifier: Apache-2.0
#include "load/module.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "instance/instance.hpp"
#include "limits.hpp"
#include "sandbox/watchdog.hpp"
#include "support/load.hpp"

namespace {

using ingot::test::load_cast;
namespace limits = ingot::limits;

// (module (func (export "answer") (result i32) (i32.const 41)))  and the same with 42: every other byte is equal.
constexpr const char* answer_41 = "0105016000017f 0302 0100 070a0106616e73776572 0000 0a06010400 4129 0b";
constexpr const char* answer_42 = "0105016000017f 0302 0100 070a0106616e73776572 0000 0a06010400 412a 0b";

std::int32_t answer_of(const std::shared_ptr<const ingot::load::LoadedModule>& module) {
  ingot::sandbox::start_watchdog().value();
  auto instance = ingot::instance::Instance::create(module, {}, {16 * limits::MiB}).value();
  const ingot::sandbox::CallScope scope(std::chrono::steady_clock::now() + std::chrono::seconds(10));
  EXPECT_FALSE(instance->start().has_value());
  ingot_slot slot{};
  EXPECT_FALSE(instance->call(module->find_function("answer"), std::span(&slot, 1)).has_value());
  return static_cast<std::int32_t>(slot.i32);
}

int lowest_free_descriptor() {
  const int fd = open("/dev/null", O_RDONLY);
  close(fd);
  return fd;
}

TEST(Load, Two_bundles_one_after_the_other_run_their_own_code_although_descriptors_are_reused) {
  const int number = lowest_free_descriptor();
  {
    auto first = load_cast(answer_41);
    EXPECT_EQ(answer_of(first), 41);
  }
  // The first module is gone and its descriptor is free again: the second gets the same number, and so the same name under /proc/self/fd.
  ASSERT_EQ(lowest_free_descriptor(), number);
  auto second = load_cast(answer_42);
  EXPECT_EQ(answer_of(second), 42);
  auto third = load_cast(answer_41);
  EXPECT_EQ(answer_of(third), 41);
  EXPECT_EQ(answer_of(second), 42);
}

TEST(Load, A_loaded_object_keeps_its_descriptor_so_that_its_name_is_not_given_to_another) {
  const int number = lowest_free_descriptor();
  auto first = load_cast(answer_41);
  EXPECT_NE(lowest_free_descriptor(), number);
  auto second = load_cast(answer_42);
  EXPECT_EQ(answer_of(first), 41);
  EXPECT_EQ(answer_of(second), 42);
}

TEST(Load, The_memory_file_of_a_loaded_object_is_sealed) {
  const int number = lowest_free_descriptor();
  auto module = load_cast(answer_41);
  const int seals = fcntl(number, F_GET_SEALS);
  EXPECT_EQ(seals & (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL), F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
  char byte = 0;
  EXPECT_LT(pwrite(number, &byte, 1, 0), 0);
}

TEST(Load, Code_is_unmapped_with_the_last_owner) {
  const auto mapped = [] {
    std::ifstream maps("/proc/self/maps");
    int count = 0;
    for (std::string line; std::getline(maps, line);) {
      if (line.find("memfd:ingot:") != std::string::npos) ++count;
    }
    return count;
  };
  const int before = mapped();
  {
    auto module = load_cast(answer_41);
    EXPECT_GT(mapped(), before);
  }
  EXPECT_EQ(mapped(), before);
}

}  // namespace
