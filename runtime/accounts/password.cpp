// SPDX-License-Identifier: Apache-2.0
#include "accounts/password.hpp"

#include <crypt.h>

#include <array>
#include <cstring>
#include <memory>

#include "dispatch/utf8.hpp"

namespace ingot::accounts {
namespace {

constexpr const char* prefix = "$y$";
constexpr unsigned long library_default_cost = 0;

/// The working memory holds what a password was turned into; it is wiped before it is given back.
class Memory final {
 public:
  Memory() : data_(std::make_unique<crypt_data>()) { std::memset(data_.get(), 0, sizeof(crypt_data)); }
  ~Memory() { explicit_bzero(data_.get(), sizeof(crypt_data)); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  /// Empty when the library refuses; its failures begin with '*' or are null.
  std::string hash(const std::string& password, const std::string& setting) {
    if (password.size() > password_bytes_max || password.find('\0') != std::string::npos) return "";
    const char* made = ::crypt_rn(password.c_str(), setting.c_str(), data_.get(), sizeof(crypt_data));
    return made == nullptr || *made == '*' ? "" : made;
  }

 private:
  std::unique_ptr<crypt_data> data_;
};

std::string fresh_setting() {
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  const char* made = ::crypt_gensalt_rn(prefix, library_default_cost, nullptr, 0, setting.data(), setting.size());  // null: the system's random bytes
  return made == nullptr ? "" : made;
}

bool equal_in_constant_time(const std::string& a, const std::string& b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace

Result<void> check_new_password(const std::string& password) {
  const auto refused = [](const std::string& why) { return Error{ErrorCode::invalid_argument, why}; };
  if (password.size() < password_bytes_min) return refused("a password has " + std::to_string(password_bytes_min) + " characters at least");
  if (password.size() > password_bytes_max) return refused("a password has " + std::to_string(password_bytes_max) + " bytes at most");
  if (password.find('\0') != std::string::npos || !dispatch::is_utf8(password)) return refused("a password is UTF-8 text");
  return {};
}

Result<std::string> hash_password(const std::string& password) {
  Memory memory;
  std::string made = memory.hash(password, fresh_setting());
  if (made.empty()) return Error{ErrorCode::internal, "this machine's crypt library does not make yescrypt texts"};
  return made;
}

bool password_is(const std::string& password, const std::string& kept) {
  Memory memory;
  const std::string made = kept.empty() ? "" : memory.hash(password, kept);
  if (!made.empty()) return equal_in_constant_time(made, kept);
  static_cast<void>(memory.hash(password, fresh_setting()));  // the time that it would have taken
  return false;
}

bool is_old(const std::string& kept) { return !kept.starts_with(prefix); }

}  // namespace ingot::accounts
