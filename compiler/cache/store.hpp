// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files by the digest of what they follow from. Any number of processes may use one folder at a time without locking each other: an entry is
// written under a private name and renamed into place, so it is there whole or not at all.
//
// An entry is a header (the mark of the format, its key, the size and SHA-256 of its content) and the content. Every byte is checked whenever
// it is read: an entry that is truncated, changed, or another one's under this name is reported, removed and counts as missing.
//
// The store is an aid. Nothing that goes wrong with it is an Error: it is a note, and the build goes on. One thread at a time.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "cache/folder.hpp"
#include "format/bundle.hpp"
#include "format/signature.hpp"

namespace ingot::compiler::cache {

using Key = format::Digest;
using Note = std::function<void(const std::string&)>;  ///< a sentence for a person

/// What an entry holds. Part of its file's name.
enum class Kind { bundle, tool };

struct Usage {
  std::size_t entries = 0;  ///< bundles
  std::uint64_t bytes = 0;  ///< of all files of the cache, headers and leftovers included
};

class Store final {
 public:
  /// `bytes_max`: what all entries may take together. `note` is told what went wrong.
  Store(Folder folder, std::uint64_t bytes_max, Note note) : folder_(std::move(folder)), bytes_max_(bytes_max), note_(std::move(note)) {}

  /// The content kept under this key, which is then the most recently used; nothing when there is none that is sound.
  std::optional<format::Bytes> fetch(Kind kind, const Key& key);
  /// Keeps this content, then removes the least recently used ones until what is left fits. An entry that is there already is replaced.
  void keep(Kind kind, const Key& key, format::ByteView content);
  /// For content that was read whole and still makes no sense: says why and removes it.
  void reject(Kind kind, const Key& key, const std::string& why);

  Usage usage() const;
  /// Removes every entry and leftover, and nothing else that lies in the folder. What was removed.
  Usage clear();

 private:
  void sweep();
  void evict();
  void note(const std::string& text) const { if (note_) note_("cache: " + text); }
  std::string shown(const std::string& name) const { return folder_.path() + "/" + name; }

  Folder folder_;
  std::uint64_t bytes_max_;
  Note note_;
};

}  // namespace ingot::compiler::cache
