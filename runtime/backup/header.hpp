// SPDX-License-Identifier: Apache-2.0
#pragma once
// What stands before the data in a backup, as bytes and as a structure. Pure.
//
//   0   8  "INGOTBK\n"
//   8   4  format version, 1
//   12  4  bytes of the header
//   16  8  bytes of the payload
//   24  32 SHA-256 of header and payload
//   56     header (JSON, UTF-8), then the payload: SQLite's file, or an archive of pg_dump's in its custom form; then the file ends
//
// Numbers are little-endian. The digest finds damage; it is no signature: whoever can write to the file can change it unseen, so a backup is kept like the database.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backup/sha256.hpp"
#include "base/result.hpp"
#include "db/connection.hpp"
#include "db/module_data.hpp"

namespace ingot::backup {

inline constexpr std::uint32_t format_version = 1;
inline constexpr std::size_t prefix_bytes = 56;
inline constexpr std::uint32_t header_bytes_max = 16u << 20;

struct Prefix {
  std::uint32_t header_bytes = 0;
  std::uint64_t payload_bytes = 0;
  Digest digest{};
  bool operator==(const Prefix&) const = default;
};

std::array<char, prefix_bytes> prefix_text(const Prefix& prefix);
/// `file_bytes`: how long the whole file is. Errors: verification (no backup, another format version, cut or longer than it says).
Result<Prefix> parse_prefix(std::string_view bytes, std::uint64_t file_bytes);

/// A module as it was installed beside the database, whether it had data or not.
struct ModuleRecord {
  std::string name;
  std::string version;
  std::string digest;  ///< of its bundle, hex; empty: it could not be verified, or is gone
  bool operator==(const ModuleRecord&) const = default;
};

struct Header {
  db::Kind kind = db::Kind::sqlite;
  std::string created_at;     ///< "2027-01-01T00:00:00Z"
  std::string made_by;        ///< "ingot 0.1.0"
  int postgres_major = 0;     ///< of the pg_dump that made the payload; 0 for SQLite
  std::vector<ModuleRecord> modules;
  std::vector<db::TableRows> tables;  ///< how many rows the payload has; module empty: the host's own
  bool operator==(const Header&) const = default;
};

const char* kind_name(db::Kind kind);
std::string header_text(const Header& header);
/// Errors: verification, naming the key.
Result<Header> parse_header(std::string_view json);

}  // namespace ingot::backup
