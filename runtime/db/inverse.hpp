// SPDX-License-Identifier: Apache-2.0
#pragma once
// What takes a version back: its operations' inverses, in reverse order. Pure; values.
//
// A table that the version itself made is dropped, so what else the version did to it needs no inverse. What cannot be inverted (data that
// a drop destroyed, a type that was widened) and what destroys data on the way down are named, for whoever decides.

#include <string>
#include <vector>

#include "db/model.hpp"

namespace ingot::db {

struct Inverse {
  std::vector<Operation> operations;      ///< in the order to run
  std::vector<std::string> irreversible;  ///< empty: all of the version can be taken back
  std::vector<std::string> losses;        ///< data that it destroys
};

/// `before`: the model without the version. REQUIRES: it takes the operations.
Inverse inverse_of(const Model& before, const std::vector<Operation>& operations);

}  // namespace ingot::db
