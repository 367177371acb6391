// SPDX-License-Identifier: Apache-2.0
#pragma once
// A backup as a file (header.hpp): written piece by piece and named at its end, and read only after all of it was verified.

#include <functional>
#include <string>
#include <string_view>

#include "backup/header.hpp"
#include "backup/work.hpp"

namespace ingot::backup {

class ArchiveWriter final {
 public:
  /// Errors: io.
  static Result<ArchiveWriter> create(const std::string& path, const Header& header);
  Result<void> add(std::string_view payload);
  /// The file is there when this has returned. Gives its size in bytes.
  Result<std::uint64_t> finish();

 private:
  ArchiveWriter(PendingFile file, std::uint32_t header_bytes) : file_(std::move(file)), header_bytes_(header_bytes) {}
  PendingFile file_;
  std::uint32_t header_bytes_;
  std::uint64_t payload_bytes_ = 0;
  Sha256 digest_;
};

class ArchiveReader final {
 public:
  /// Reads prefix and header, believes neither yet. Errors: io, verification.
  static Result<ArchiveReader> open(const std::string& path);
  ArchiveReader(ArchiveReader&& other) noexcept;
  ArchiveReader& operator=(ArchiveReader&&) = delete;
  ~ArchiveReader();

  const Header& header() const { return header_; }
  std::uint64_t payload_bytes() const { return prefix_.payload_bytes; }
  /// Reads everything, gives the payload to `sink` piece by piece, and compares the digest at the end: what `sink` got counts only when this succeeds. Errors: io,
  /// verification, those of `sink`, interruption.
  Result<void> read(const Watch& watch, std::string_view what, const std::function<Result<void>(std::string_view)>& sink) const;
  /// A descriptor of the file, placed at the payload's first byte. The reader's own; for one user at a time. Errors: io.
  Result<int> payload_descriptor() const;

 private:
  ArchiveReader(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::string path_;
  int fd_ = -1;
  Prefix prefix_;
  Header header_;
};

}  // namespace ingot::backup
