// SPDX-License-Identifier: Apache-2.0
#pragma once
// Casts a module given as hex sections into an unsigned bundle, through the whole compiler. The same module is cast once per process.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <string>

#include "pipeline.hpp"
#include "unit/compiler/wat.hpp"

namespace ingot::test {

inline format::Bytes cast_bytes(const format::Bytes& wasm, const std::vector<std::string>& targets = {"x86-64-v2"},
                                const format::PrivateKey* key = nullptr, compiler::Optimisation optimisation = compiler::Optimisation::dev) {
  char path[] = "/tmp/ingot-test-XXXXXX.wasm";
  const int fd = mkstemps(path, 5);
  EXPECT_GE(fd, 0);
  EXPECT_EQ(write(fd, wasm.data(), wasm.size()), static_cast<ssize_t>(wasm.size()));
  close(fd);
  compiler::Request request;
  request.input = path;
  request.contract = compiler::ContractChoice::none;
  request.targets = targets;
  request.optimisation = optimisation;
  request.key = key;
  auto built = compiler::build(request);
  unlink(path);
  if (!built.ok()) {
    ADD_FAILURE() << built.error().message;
    return {};
  }
  return (*built)->bytes();
}

inline format::Bytes cast(const std::string& sections) {
  static std::map<std::string, format::Bytes> known;
  auto& bytes = known[sections];
  if (bytes.empty()) bytes = cast_bytes(compiler::module_bytes(sections));
  return bytes;
}

}  // namespace ingot::test
