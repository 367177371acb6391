// SPDX-License-Identifier: Apache-2.0
#pragma once
// Remembers what the compilers made of a C file, in a folder that the caller owns and trusts: for whoever casts thousands of small modules, most of
// whose files (memory.c, or the same code once more) are alike. A build without a cache folder never comes here.
//
// A file's name is the digest of everything that the object depends on: clang's version, our own code generator's bytes, flags, the C text and,
// transitively, the text of the headers it includes. simde's headers stand for themselves by their version file.

#include <optional>
#include <string>

#include "products.hpp"

namespace ingot::compiler::native {

class ObjectCache final {
 public:
  /// An empty folder name turns the cache off: every lookup misses, nothing is kept.
  ObjectCache(std::string folder, const Workshop& workshop);

  bool is_on() const { return !folder_.empty(); }

  /// The cache file for this object, whether it exists or not; empty when the cache is off. `flags` are all arguments that are no paths.
  std::string place(const SourceFiles& files, const std::string& name, const std::vector<std::string>& flags) const;
  /// Copies a known object to `object`. False when it is not known.
  static bool fetch(const std::string& place, const std::string& object);
  /// Keeps a fresh object. A cache that cannot be written to is only slow.
  static void keep(const std::string& place, const std::string& object);

 private:
  std::string folder_;
  std::string codegen_;  ///< digest of the program
  const Workshop& workshop_;
};

}  // namespace ingot::compiler::native
