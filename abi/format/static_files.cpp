// SPDX-License-Identifier: Apache-2.0
#include "format/static_files.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/ranges.hpp"
#include "limits.hpp"

namespace ingot::format {
namespace {

constexpr std::size_t path_bytes_max = 255;
constexpr std::size_t names_max = 8;
constexpr std::uint64_t count_bytes = 4;
constexpr std::uint64_t entry_bytes = 8;

Error refuse(const std::string& reason) { return Error{ErrorCode::verification, "the section of static files " + reason}; }

/// REQUIRES: four bytes at `offset`.
std::uint32_t number_at(ByteView bytes, std::uint64_t offset) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) value |= static_cast<std::uint32_t>(bytes[offset + i]) << (8 * i);
  return value;
}

void append_number(Bytes& bytes, std::size_t value) {
  for (std::size_t i = 0; i < sizeof(std::uint32_t); ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

bool is_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '~' || c == '-';
  });
}

}  // namespace

bool is_static_path(std::string_view path) {
  if (path.size() > path_bytes_max) return false;
  for (std::size_t names = 1; names <= names_max; ++names) {
    const std::size_t end = path.find('/');
    if (!is_name(path.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    path.remove_prefix(end + 1);
  }
  return false;
}

Result<std::vector<StaticFile>> parse_static_files(ByteView section) {
  std::vector<StaticFile> files;
  if (section.empty()) return files;
  if (section.size() < count_bytes) return refuse("is truncated");
  const std::uint32_t count = number_at(section, 0);
  if (count == 0 || count > limits::static_files_max) return refuse("claims " + std::to_string(count) + " files");
  std::uint64_t path_at = count_bytes + entry_bytes * count;
  if (section.size() < path_at) return refuse("is truncated");
  // Paths stand behind the lengths, contents behind the paths. At most 512 sums of 32-bit numbers: nothing wraps.
  std::uint64_t content_at = path_at;
  for (std::uint32_t i = 0; i < count; ++i) content_at += number_at(section, count_bytes + entry_bytes * i);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t path_bytes = number_at(section, count_bytes + entry_bytes * i);
    const std::uint32_t content_bytes = number_at(section, count_bytes + entry_bytes * i + 4);
    if (!contains(section.size(), path_at, path_bytes) || !contains(section.size(), content_at, content_bytes)) return refuse("is truncated");
    const ByteView name = section.subspan(path_at, path_bytes);
    std::string path(reinterpret_cast<const char*>(name.data()), name.size());
    if (!is_static_path(path)) return refuse("has a path that none may have");
    if (i > 0 && files.back().path >= path) return refuse("is not in the order of its paths");
    if (content_bytes > limits::static_file_bytes_max) return refuse("has a file that is larger than any may be");
    files.push_back({std::move(path), section.subspan(content_at, content_bytes)});
    path_at += path_bytes;
    content_at += content_bytes;
  }
  if (content_at != section.size()) return refuse("is longer than its files");
  return files;
}

Bytes write_static_files(const std::vector<StaticFile>& files) {
  Bytes bytes;
  if (files.empty()) return bytes;
  append_number(bytes, files.size());
  for (const StaticFile& file : files) {
    append_number(bytes, file.path.size());
    append_number(bytes, file.bytes.size());
  }
  for (const StaticFile& file : files) bytes.insert(bytes.end(), file.path.begin(), file.path.end());
  for (const StaticFile& file : files) bytes.insert(bytes.end(), file.bytes.begin(), file.bytes.end());
  return bytes;
}

}  // namespace ingot::format
