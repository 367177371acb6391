// SPDX-License-Identifier: Apache-2.0
#pragma once
// The files that `ingotc new` writes, carried inside the program: those of modules/templates and of the SDKs, by new_files.cmake.

#include <span>

#include "lower/embedded.hpp"

namespace ingot::compiler::cli {

using lower::EmbeddedFile;

/// Named "rust/src/lib.rs": a language, then the place in the new folder; "project/..." is the project around it. Outside `sdk/` and `include/`
/// `@NAME@` stands for the module's name, and lines with a licence are ours alone.
std::span<const EmbeddedFile> new_files();

}  // namespace ingot::compiler::cli
