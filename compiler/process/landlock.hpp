// SPDX-License-Identifier: Apache-2.0
#pragma once
// Landlock: the kernel's way to let a process see less of the file system without any right of its own. Kernels before 5.13, and those built
// without it, have none; then the other walls of a child (confine.hpp) stand alone. Everything but landlock_abi() may run between fork and exec.

#include <string>
#include <vector>

namespace ingot::compiler::process {

/// The version of the kernel's interface, 0 when there is none.
int landlock_abi();

/// From now on this process and its children may read and run what lies at or below `readable`, write and make files below `writable` too, and
/// reach nothing else; they may open no TCP connection where the kernel knows that (ABI 4). A path that does not exist is left out.
/// REQUIRES: no-new-privileges is set. False when the kernel has Landlock and refused; true when there is none.
bool restrict_files(const std::vector<std::string>& readable, const std::vector<std::string>& writable);

}  // namespace ingot::compiler::process
