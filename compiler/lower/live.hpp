// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which stack variables of a function are still to be read, at each of its statements: the textbook's backward analysis.
//
// In:      the statements of a body.
// Out:     for each statement, the variables whose value something that may run after it reads before it is written.
// Refuses: a body whose blocks do not match, or that would take too long: loops in loops without end, thousands of variables.

#include <optional>

#include "lower/body.hpp"

namespace ingot::compiler::lower {

class Live {
 public:
  /// Is `variable`, one of the stack, read after statement `place`, by whichever way?
  bool after(std::size_t place, Variable variable) const { return bit(after_, place, variable); }
  /// Is it read after a jump to `label`?
  bool at_label(std::uint32_t label, Variable variable) const { return bit(labels_, label, variable); }

 private:
  friend std::optional<Live> find_live(const Body& body);
  bool bit(const std::vector<std::uint64_t>& sets, std::size_t place, Variable variable) const {
    return (sets[place * words_ + variable / 64] >> (variable % 64) & 1) != 0;
  }

  std::size_t words_ = 0;  ///< of one set
  std::vector<std::uint64_t> after_;
  std::vector<std::uint64_t> labels_;
};

std::optional<Live> find_live(const Body& body);

}  // namespace ingot::compiler::lower
