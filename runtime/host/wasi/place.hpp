// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a guest's path leads: the folder in which its last step is taken, held open so that no renaming moves it, and that last step by itself.

#include <string>

#include "host/wasi/call.hpp"

namespace ingot::host::wasi {

/// For functions that make, remove or rename a name. Used at once; not kept.
struct Place {
  OwnedFd folder;       ///< invalid: the guest's own directory, `directory`
  int directory = -1;   ///< of this process; the descriptor's
  std::string name;     ///< one component, with the slashes that stood behind it
  bool is_dots = false;   ///< "." or "..", which lead inside, but are nobody's to make or remove
  bool has_slash = false;  ///< so it is meant to be a directory

  int at() const { return folder.valid() ? folder.get() : directory; }
};

/// What is done to the place; a directory that was granted for reading only is refused when it changes something.
enum class Purpose : std::uint8_t { look, change };

/// Of the path at (`address`, `length`) under descriptor `number`. Errors: badf, notcapable, notdir, those of read_path, rofs, perm for a path that leads out, what open(2) says.
Errno find_place(const Call& call, std::uint32_t number, Rights needed, Purpose purpose, std::uint32_t address, std::uint32_t length, Place& place);

/// What the whole path leads to, for looking at it: a descriptor of O_PATH. `follow`: through a link at its end, too.
Opened open_to_look(const Call& call, const Descriptor& directory, const std::string& path, bool follow);

/// The descriptor when it is a directory that has these rights. Errors: badf, notdir, notcapable.
Errno find_directory(const Call& call, std::uint32_t number, Rights needed, Descriptor*& found);

}  // namespace ingot::host::wasi
