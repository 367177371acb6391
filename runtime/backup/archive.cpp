// SPDX-License-Identifier: Apache-2.0
#include "backup/archive.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

namespace ingot::backup {
namespace {

constexpr std::size_t step_bytes = std::size_t{1} << 20;

/// Fewer than asked for only at the end of the file.
Result<std::size_t> read_at(int fd, const std::string& path, char* to, std::size_t bytes, std::uint64_t offset) {
  std::size_t got = 0;
  while (got < bytes) {
    const ssize_t some = ::pread(fd, to + got, bytes - got, static_cast<off_t>(offset + got));
    if (some < 0 && errno == EINTR) continue;
    if (some < 0) return file_error(path);
    if (some == 0) break;
    got += static_cast<std::size_t>(some);
  }
  return got;
}

}  // namespace

Result<ArchiveWriter> ArchiveWriter::create(const std::string& path, const Header& header) {
  const std::string text = header_text(header);
  if (text.size() > header_bytes_max) return Error{ErrorCode::limit, "the list of modules and tables has more than " + std::to_string(header_bytes_max) + " bytes"};
  INGOT_TRY(PendingFile file, PendingFile::create(path, "tmp"));
  ArchiveWriter writer(std::move(file), static_cast<std::uint32_t>(text.size()));
  // The prefix comes last: until then the file does not even begin like a backup.
  INGOT_TRY_VOID(writer.file_.write(std::string(prefix_bytes, '\0')));
  INGOT_TRY_VOID(writer.file_.write(text));
  writer.digest_.add(text);
  return writer;
}

Result<void> ArchiveWriter::add(std::string_view payload) {
  digest_.add(payload);
  payload_bytes_ += payload.size();
  return file_.write(payload);
}

Result<std::uint64_t> ArchiveWriter::finish() {
  const auto prefix = prefix_text({header_bytes_, payload_bytes_, digest_.finish()});
  INGOT_TRY_VOID(file_.write_at_start({prefix.data(), prefix.size()}));
  INGOT_TRY_VOID(file_.sync());
  INGOT_TRY_VOID(file_.keep());
  return prefix_bytes + header_bytes_ + payload_bytes_;
}

ArchiveReader::ArchiveReader(ArchiveReader&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), prefix_(other.prefix_), header_(std::move(other.header_)) {}

ArchiveReader::~ArchiveReader() {
  if (fd_ >= 0) ::close(fd_);
}

Result<ArchiveReader> ArchiveReader::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // O_NONBLOCK: a pipe must not hang the open
  if (fd < 0) return file_error(path);
  ArchiveReader reader(path, fd);
  struct stat status {};
  if (::fstat(fd, &status) != 0) return file_error(path);
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::io, path + ": not a regular file"};
  const auto context = [&](Error error) { return std::move(error).with_context(path); };
  std::array<char, prefix_bytes> start{};
  INGOT_TRY(const std::size_t got, read_at(fd, path, start.data(), start.size(), 0));
  auto prefix = parse_prefix({start.data(), got}, static_cast<std::uint64_t>(status.st_size));
  if (!prefix.ok()) return context(std::move(prefix).error());
  reader.prefix_ = *prefix;
  std::string text(reader.prefix_.header_bytes, '\0');
  INGOT_TRY(const std::size_t there, read_at(fd, path, text.data(), text.size(), prefix_bytes));
  text.resize(there);
  auto header = parse_header(text);
  if (!header.ok()) return context(std::move(header).error());
  reader.header_ = std::move(header).value();
  return reader;
}

Result<void> ArchiveReader::read(const Watch& watch, std::string_view what, const std::function<Result<void>(std::string_view)>& sink) const {
  Sha256 digest;
  std::vector<char> buffer(step_bytes);
  const std::uint64_t payload_at = prefix_bytes + prefix_.header_bytes, end = payload_at + prefix_.payload_bytes;
  for (std::uint64_t at = prefix_bytes; at < end;) {
    // A piece is header or payload, never both.
    const std::uint64_t until = at < payload_at ? payload_at : end;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), until - at));
    INGOT_TRY(const std::size_t got, read_at(fd_, path_, buffer.data(), wanted, at));
    if (got < wanted) return Error{ErrorCode::verification, path_ + ": the file became shorter while it was read"};
    const std::string_view piece(buffer.data(), got);
    digest.add(piece);
    if (at >= payload_at) INGOT_TRY_VOID(sink(piece));
    at += got;
    INGOT_TRY_VOID(watch.step(what, at, end));
  }
  if (digest.finish() == prefix_.digest) return {};
  return Error{ErrorCode::verification, path_ + ": this backup is damaged: its SHA-256 is not the one that it was written with. Nothing was changed; use another copy of it"};
}

Result<int> ArchiveReader::payload_descriptor() const {
  if (::lseek(fd_, static_cast<off_t>(prefix_bytes + prefix_.header_bytes), SEEK_SET) < 0) return file_error(path_);
  return fd_;
}

}  // namespace ingot::backup
