// SPDX-License-Identifier: Apache-2.0
#pragma once
// Passwords as they are kept: crypt(5) texts, made and checked by libxcrypt. New ones are yescrypt, Debian's own choice for /etc/shadow, which takes memory as well as
// time; what a moved database brings along (bcrypt of EERP's, sha512crypt) is checked too. Any thread.

#include <string>

#include "base/result.hpp"

namespace ingot::accounts {

/// NIST SP 800-63B asks for 8 at least where a second factor is asked for; there is none here.
inline constexpr std::size_t password_bytes_min = 12, password_bytes_max = 256;

/// Errors: invalid_argument: too short, too long, holds a zero byte or is not UTF-8; the message may be told to its owner.
Result<void> check_new_password(const std::string& password);

/// A new text for a password, with fresh salt. Takes some tens of milliseconds and 16 MiB. Errors: internal (the library refuses).
Result<std::string> hash_password(const std::string& password);

/// Was `kept` made of `password`? Takes the time of a hash, also where `kept` is empty or no such text: who is there cannot be told by the clock.
bool password_is(const std::string& password, const std::string& kept);

/// True when `kept` is of a kind that hash_password() no longer makes: time to replace it, once the password is at hand.
bool is_old(const std::string& kept);

}  // namespace ingot::accounts
