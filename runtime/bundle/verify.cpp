// SPDX-License-Identifier: Apache-2.0
#include "bundle/verify.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/utc.hpp"
#include "ingot/abi.h"
#include "ingot/rt_digest.h"
#include "limits.hpp"

namespace ingot::bundle {
namespace {

Error refuse(const std::string& origin, const std::string& reason) {
  return Error{ErrorCode::verification, origin + ": refused: " + reason};
}

struct FileContent {
  std::shared_ptr<std::uint8_t[]> bytes;
  std::size_t size = 0;
};

Result<FileContent> read_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Error{ErrorCode::io, "cannot open bundle " + path + ": " + std::strerror(errno)};
  struct stat status {};
  FileContent content;
  Error failure{ErrorCode::io, {}};
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    failure.message = "cannot read bundle " + path + ": not a regular file";
  } else if (static_cast<std::uint64_t>(status.st_size) > limits::bundle_bytes_max) {
    failure = refuse(path, "larger than a bundle may be (1 GiB)");
  } else {
    content.size = static_cast<std::size_t>(status.st_size);
    content.bytes = std::make_shared_for_overwrite<std::uint8_t[]>(content.size);
    std::size_t have = 0;
    while (have < content.size) {
      const ssize_t got = read(fd, content.bytes.get() + have, content.size - have);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      have += static_cast<std::size_t>(got);
    }
    if (have != content.size) failure.message = "cannot read bundle " + path + ": it changed while being read";
  }
  close(fd);
  if (!failure.message.empty()) return failure;
  return content;
}

}  // namespace

Result<VerifiedBundle> open_and_verify(const std::string& path, const TrustPolicy& trust) {
  INGOT_TRY(FileContent content, read_file(path));
  const format::ByteView bytes(content.bytes.get(), content.size);
  return verify(std::move(content.bytes), bytes, path, trust);
}

Result<VerifiedBundle> verify(format::Bytes bytes, const std::string& origin, const TrustPolicy& trust, int here) {
  const auto owner = std::make_shared<const format::Bytes>(std::move(bytes));
  return verify(owner, *owner, origin, trust, here);
}

Result<VerifiedBundle> verify(std::shared_ptr<const void> owner, format::ByteView bytes, const std::string& origin, const TrustPolicy& trust,
                              int here) {
  VerifiedBundle bundle;
  bundle.origin_ = origin;
  bundle.owner_ = std::move(owner);
  auto parsed = format::parse_bundle(bytes);
  if (!parsed.ok()) return refuse(origin, parsed.error().message);
  bundle.view_ = std::make_unique<const format::BundleView>(std::move(parsed).value());
  const format::BundleView& view = *bundle.view_;

  // Who vouches comes first: nothing that an unknown hand wrote decides anything below.
  const format::Digest digest = format::sha256(view.signed_bytes);
  bundle.digest_ = format::hex(digest);
  auto signers = format::who_vouches(view, digest, trust, utc_now());
  if (!signers.ok()) return refuse(origin, signers.error().message);
  bundle.signers_ = std::move(signers).value();

  if (view.manifest.abi_version != INGOT_ABI_VERSION) {
    return refuse(origin, "made for ABI version " + std::to_string(view.manifest.abi_version) + ", this runtime has version " +
                              std::to_string(INGOT_ABI_VERSION) + "; cast the module again with this version's ingotc");
  }
  if (view.manifest.rt_digest != INGOT_RT_DIGEST_HEX) {
    return refuse(origin, "compiled against another wasm-rt.h; cast the module again with this version's ingotc");
  }
  if (view.manifest.targets.size() != view.objects.size()) return refuse(origin, "its manifest and its objects disagree");

  // The best variant that this CPU can run.
  int best = -1;
  int lowest = 99;
  for (std::size_t index = 0; index < view.objects.size(); ++index) {
    const auto level = parse_level(view.objects[index].level);
    if (!level || view.objects[index].level != view.manifest.targets[index].level) {
      return refuse(origin, "it names an unknown CPU level '" + view.objects[index].level + "'");
    }
    lowest = std::min(lowest, *level);
    if (*level <= here && *level > best) {
      best = *level;
      bundle.object_index_ = index;
    }
  }
  if (view.objects.empty()) return refuse(origin, "it holds no native object");
  if (best < 0) {
    return refuse(origin, "it needs a CPU of level x86-64-v" + std::to_string(lowest) + "; this one lacks " +
                              missing_features(lowest) + "; cast it with a lower --target");
  }
  // A signature covers the objects' bytes. Without one, at least the object must be the one that the manifest names.
  if (bundle.signers_.empty()) {
    const auto same = format::check_object_digest(view, bundle.object_index_);
    if (!same.ok()) return refuse(origin, same.error().message);
  }
  return bundle;
}

}  // namespace ingot::bundle
