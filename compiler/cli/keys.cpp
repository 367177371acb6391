// SPDX-License-Identifier: Apache-2.0
#include "cli/keys.hpp"

#include <openssl/crypto.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "process/files.hpp"

namespace ingot::compiler::cli {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t key_file_bytes_max = 64 * 1024;

template <typename Key>
Result<Key> parsed(const std::string& path, Result<Key> (*parse)(std::string_view)) {
  INGOT_TRY(format::Bytes bytes, process::read_file(path, key_file_bytes_max, ErrorCode::config));
  auto key = parse(process::text_of(bytes));
  OPENSSL_cleanse(bytes.data(), bytes.size());
  if (!key.ok()) return std::move(key).error().with_context(path);
  return key;
}

Result<fs::path> config_folder() {
  const char* xdg = std::getenv("XDG_CONFIG_HOME");
  if (xdg != nullptr && *xdg == '/') return fs::path(xdg) / "ingot";
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home == '/') return fs::path(home) / ".config/ingot";
  return Error{ErrorCode::config, "no place for a developer key (neither XDG_CONFIG_HOME nor HOME is set); use --key FILE or --unsigned"};
}

}  // namespace

Result<format::PrivateKey> read_private_key(const std::string& path) { return parsed(path, &format::parse_private_key); }
Result<format::PublicKey> read_public_key(const std::string& path) { return parsed(path, &format::parse_public_key); }

Result<void> write_key_pair(const std::string& base, const format::PrivateKey& key) {
  std::error_code error;
  if (fs::exists(base + ".pub", error)) return Error{ErrorCode::io, base + ".pub: exists already; keys are never overwritten"};
  std::string pem = format::private_key_pem(key);
  auto written = process::create_file(base + ".key", process::bytes_of(pem), 0600);
  OPENSSL_cleanse(pem.data(), pem.size());
  if (!written.ok()) return std::move(written).error();
  return process::create_file(base + ".pub", process::bytes_of(format::public_key_pem(key.public_key)), 0644);
}

Result<DeveloperKey> developer_key() {
  INGOT_TRY(const fs::path folder, config_folder());
  DeveloperKey result;
  result.base = folder / "developer";
  std::error_code error;
  result.is_new = !fs::exists(result.base + ".key", error);
  INGOT_TRY(result.key, result.is_new ? format::generate_key() : read_private_key(result.base + ".key"));
  return result;
}

Result<void> keep(const DeveloperKey& key) {
  if (!key.is_new) return {};
  std::error_code error;
  fs::create_directories(fs::path(key.base).parent_path(), error);
  if (error) return Error{ErrorCode::io, key.base + ": " + error.message()};
  auto written = write_key_pair(key.base, key.key);
  if (!written.ok() && fs::exists(key.base + ".key", error)) {
    return Error{ErrorCode::unavailable, "another build has just made your developer key; run this again to sign with it"};
  }
  INGOT_TRY_VOID(std::move(written));
  std::fprintf(stderr, "ingotc: made your developer key %s.key (id %s)\n", key.base.c_str(), key.key.public_key.id.c_str());
  return {};
}

}  // namespace ingot::compiler::cli
