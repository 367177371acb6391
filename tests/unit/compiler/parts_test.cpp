// SPDX-License-Identifier: Apache-2.0
// A module so large that the translator writes as many parts as it ever does.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "lower/translate.hpp"
#include "pipeline.hpp"
#include "wat.hpp"
#include "workshop.hpp"

namespace ingot::compiler {
namespace {

/// `count` functions without parameters and results, each with `nops` times the instruction nop, which costs the C compiler nothing.
format::Bytes idle_module(std::size_t count, std::size_t nops) {
  format::Bytes module = module_bytes("01 04 01 60 00 00");
  format::Bytes functions, code;
  append_number(functions, count);
  functions.insert(functions.end(), count, 0);
  append_number(code, count);
  for (std::size_t index = 0; index < count; ++index) {
    append_number(code, nops + 2);
    code.push_back(0);
    code.insert(code.end(), nops, 0x01);
    code.push_back(0x0b);
  }
  append_section(module, 3, functions);
  append_section(module, 10, code);
  return module;
}

TEST(Parts, A_large_module_is_translated_into_all_of_them) {
  char path[] = "/tmp/ingot-test-XXXXXX.wasm";
  const int fd = mkstemps(path, 5);
  ASSERT_GE(fd, 0);
  close(fd);
  const format::Bytes wasm = idle_module(70, 256 * 1024);
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(wasm.data()), static_cast<std::streamsize>(wasm.size()));
  Request request;
  request.input = path;
  request.contract = ContractChoice::none;
  auto inputs = ingest::read(request);
  unlink(path);
  ASSERT_TRUE(inputs.ok()) << inputs.error().message;
  auto examined = ingest::examine(std::move(inputs).value(), request.features);
  ASSERT_TRUE(examined.ok()) << examined.error().message;
  const Workshop workshop(process::Scratch::create().value(), native::find_toolchain().value(), {});
  auto valid = ingest::validate(std::move(examined).value(), workshop);
  ASSERT_TRUE(valid.ok()) << valid.error().message;
  auto agreed = ingest::agree(std::move(valid).value(), request.contract);
  ASSERT_TRUE(agreed.ok()) << agreed.error().message;
  // 70 times 256 KiB of code: more than 64 parts of that size, so the most that there are. Each is a file that the translator holds open.
  const auto generated = lower::translate(lower::normalise(std::move(agreed).value()), workshop);
  ASSERT_TRUE(generated.ok()) << generated.error().message;
  const auto& files = generated->files();
  EXPECT_EQ(std::count_if(files.begin(), files.end(), [](const auto& file) { return file.first.ends_with(".c"); }), 64);
}

}  // namespace
}  // namespace ingot::compiler
