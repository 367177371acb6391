// SPDX-License-Identifier: Apache-2.0
#pragma once
// Walks instruction sequences: knows the immediates of every instruction of our profile, recognises (and refuses by name) those of the
// proposals outside it, and collects what the bundle must know about the code. Types and stack are wasm-validate's business.

#include "ingest/cursor.hpp"
#include "ingest/module.hpp"

namespace ingot::compiler::ingest {

/// Walks one expression up to and including the `end` that closes it. Errors stick to the cursor. `starts`, when given, takes the offset of
/// every instruction.
void walk_expression(Cursor& cursor, CodeFacts& facts, std::vector<std::uint64_t>* starts = nullptr);

/// Reads a value type; refuses types of other proposals by name.
std::uint8_t read_value_type(Cursor& cursor);
/// funcref or externref.
std::uint8_t read_reference_type(Cursor& cursor);

}  // namespace ingot::compiler::ingest
