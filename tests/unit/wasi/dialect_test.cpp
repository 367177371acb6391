// SPDX-License-Identifier: Apache-2.0
// wasi_unstable, the draft before the snapshot: filestat has 56 bytes and counts links in 32 bits, whence counts cur, end, set, and a subscription has 56 bytes.
#include "guest.hpp"

#include "wasi_functions.hpp"

namespace ingot::test {
namespace {

class Unstable : public WasiTest {
 protected:
  Guest draft{granted(folder.path()), nullptr, Dialect::unstable};
};

TEST_F(Unstable, Filestat_is_shorter) {
  write_file(folder / "file", "12345");
  fs::create_hard_link(folder / "file", folder / "second");
  struct stat host {};
  ASSERT_EQ(::stat((folder / "file").c_str(), &host), 0);
  std::uint32_t fd = 0, by_path = 0;
  ASSERT_EQ(draft.open(3, "file", fd), ok);
  const std::uint32_t by_fd = draft.room(64);
  draft.set(by_fd + 56, 0x5555555555555555u);
  ASSERT_EQ(draft.call("fd_filestat_get", fd, by_fd), ok);
  EXPECT_EQ(draft.at<std::uint64_t>(by_fd + 56), 0x5555555555555555u) << "behind its end";
  ASSERT_EQ(draft.stat("file", by_path), ok);
  for (const std::uint32_t at : {by_fd, by_path}) {
    EXPECT_EQ(draft.at<std::uint64_t>(at), host.st_dev);
    EXPECT_EQ(draft.at<std::uint64_t>(at + 8), host.st_ino);
    EXPECT_EQ(draft.at<std::uint8_t>(at + 16), 4u);
    EXPECT_EQ(draft.at<std::uint32_t>(at + 20), 2u);
    EXPECT_EQ(draft.at<std::uint64_t>(at + 24), 5u);
    EXPECT_EQ(draft.at<std::uint64_t>(at + 40), static_cast<std::uint64_t>(host.st_mtim.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(host.st_mtim.tv_nsec));
  }
  EXPECT_EQ(draft.call("fd_filestat_get", fd, Guest::beyond - 56), ok);
  EXPECT_EQ(draft.call("fd_filestat_get", fd, Guest::beyond - 55), fault);
}

TEST_F(Unstable, Whence_counts_otherwise) {
  write_file(folder / "file", "0123456789");
  std::uint32_t fd = 0;
  ASSERT_EQ(draft.open(3, "file", fd), ok);
  const std::uint32_t out = draft.room(8);
  ASSERT_EQ(draft.call("fd_seek", fd, 4, 2, out), ok);  // set
  EXPECT_EQ(draft.at<std::uint64_t>(out), 4u);
  ASSERT_EQ(draft.call("fd_seek", fd, 1, 0, out), ok);  // cur
  EXPECT_EQ(draft.at<std::uint64_t>(out), 5u);
  ASSERT_EQ(draft.call("fd_seek", fd, -1, 1, out), ok);  // end
  EXPECT_EQ(draft.at<std::uint64_t>(out), 9u);
  EXPECT_EQ(draft.call("fd_seek", fd, 0, 3, out), inval);
}

TEST_F(Unstable, Subscriptions_have_an_identifier_in_front_of_the_clock) {
  const std::uint32_t in = draft.room(112), out = draft.room(64), count = draft.room(4);
  for (const std::uint32_t at : {in, in + 56}) {
    draft.set(at, std::uint64_t{at});
    draft.set(at + 16, std::uint64_t{0xdddddddddddddddd});
    draft.set(at + 24, 1u);
    draft.set(at + 32, std::uint64_t{at == in ? 3'600'000'000'000u : 5'000'000u});
  }
  ASSERT_EQ(draft.call("poll_oneoff", in, out, 2, count), ok);
  EXPECT_EQ(draft.at<std::uint32_t>(count), 1u);
  EXPECT_EQ(draft.at<std::uint64_t>(out), in + 56);
  EXPECT_EQ(draft.at<std::uint16_t>(out + 8), 0u);
  EXPECT_EQ(draft.call("poll_oneoff", Guest::beyond - 55, out, 1, count), fault);
}

// ---- the table that the compiler and the runtime share ----

format::Import import_of(std::string_view module, std::string_view name, const format::FunctionType& type) {
  format::Import import;
  import.module = module;
  import.name = name;
  import.kind = format::ExternKind::function;
  import.type = type;
  return import;
}

format::FunctionType type_of(const wasi::Signature& signature) {
  format::FunctionType type;
  for (const char letter : signature.params) type.params.push_back(letter == 'i' ? INGOT_TYPE_I32 : INGOT_TYPE_I64);
  type.results.assign(signature.results.size(), INGOT_TYPE_I32);
  return type;
}

TEST(Table, Every_function_is_served_under_both_names_and_with_its_type_only) {
  ASSERT_EQ(wasi::functions.size(), 46u);
  for (const char* module : {"wasi_snapshot_preview1", "wasi_unstable"}) {
    for (const auto& signature : wasi::functions) {
      format::Manifest manifest;
      manifest.imports.push_back(import_of(module, signature.name, type_of(signature)));
      EXPECT_TRUE(host::wasi::resolve_imports(manifest).ok()) << signature.name;
      manifest.imports[0].type.params.push_back(INGOT_TYPE_I32);
      const auto wrong = host::wasi::resolve_imports(manifest);
      ASSERT_FALSE(wrong.ok());
      EXPECT_EQ(wrong.error().code, ErrorCode::contract);
      EXPECT_NE(wrong.error().message.find(signature.name), std::string::npos);
    }
  }
}

TEST(Table, What_is_not_WASIs_is_named) {
  for (const auto& [module, name] : {std::pair{"env", "fd_write"}, {"wasi_snapshot_preview1", "sock_open"}, {"wasi_snapshot_preview2", "fd_write"}, {"", ""}}) {
    format::Manifest manifest;
    manifest.imports.push_back(import_of(module, name, {}));
    const auto refused = host::wasi::resolve_imports(manifest);
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.error().message.find(std::string(module) + "." + name), std::string::npos);
  }
}

}  // namespace
}  // namespace ingot::test
