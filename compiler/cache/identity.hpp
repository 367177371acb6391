// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a file on this machine is, without reading it: its path, inode, size, and the times of its last change of content and of anything.
// A program that was replaced, updated or edited is another one by this measure; one that was only moved or touched is too, which costs a
// build and nothing else. The time of the last change of anything (ctime) cannot be set, so no content can be exchanged unseen.

#include <string>
#include <string_view>
#include <vector>

#include "format/signature.hpp"
#include "native/toolchain.hpp"

namespace ingot::compiler::cache {

/// Collects a text in which nothing can be mistaken for its neighbour.
class Identity final {
 public:
  /// Any words, each with its length.
  void add(std::string_view words);
  /// The file that a path leads to; also that there is none.
  void add_file(const std::string& path);
  /// Every file below a folder.
  void add_tree(const std::string& folder);
  /// A program with what it loads: every argument that is a path, and the shared libraries in ../lib of the program and in a folder that is
  /// named. A script counts by itself: what it starts is not seen.
  void add_program(const std::vector<std::string>& arguments);

  format::Digest digest() const;

 private:
  void add_libraries(const std::string& folder);
  std::string text_;
};

/// The programs and headers that a build with this toolchain uses.
format::Digest identity_of(const native::Toolchain& toolchain);
/// This very program with the libraries that are loaded into it: they read the module, judge the machine code and lay out the bundle.
format::Digest identity_of_this_program();

}  // namespace ingot::compiler::cache
