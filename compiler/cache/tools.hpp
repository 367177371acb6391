// SPDX-License-Identifier: Apache-2.0
#pragma once
// Remembers what programs answered when they were asked for their version, so that a build which finds everything in the cache starts no child.

#include "cache/store.hpp"
#include "native/toolchain.hpp"

namespace ingot::compiler::cache {

/// Answers from `store` for a program that is still the same file, else asks it, within this budget, and keeps the answer. nullptr: always asks.
/// The store must outlive what is returned.
native::AskVersion remembered_versions(Store* store, process::Budget budget = {});

}  // namespace ingot::compiler::cache
