// SPDX-License-Identifier: Apache-2.0
#pragma once
// Makes the symbols section: names of guest functions, and for each object the tables that a trap's report needs, read from the debug
// information of the linked object before that was stripped off.

#include <string>
#include <vector>

#include "format/symbols.hpp"
#include "ingest/module.hpp"
#include "lower/source_lines.hpp"

namespace ingot::compiler::native {

/// A guest function's name as people write it: Rust's and C++'s mangling undone, bounded in length. Anything else comes back as it is.
std::string readable_name(const std::string& name);

/// The names of all functions by index: from the name section, else of what is imported ("module.name") or exported; else empty.
std::vector<std::string> function_names(const ingest::Module& module);

/// The tables of one unstripped object; what cannot be read is left out. `lines` is what the C was marked with.
format::Symbols::Target read_target(format::ByteView unstripped, const ingest::Module& module, const lower::SourceLines& lines);

}  // namespace ingot::compiler::native
