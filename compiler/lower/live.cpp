// SPDX-License-Identifier: Apache-2.0
#include "lower/live.hpp"

#include <algorithm>

namespace ingot::compiler::lower {
namespace {

constexpr std::size_t words_max = std::size_t{1} << 23;  // of all sets of one function: 64 MiB
constexpr int rounds_max = 8;

using Set = std::vector<std::uint64_t>;

void add(Set& set, const Set& other) {
  for (std::size_t i = 0; i < set.size(); ++i) set[i] |= other[i];
}

/// A block that is entered from its end.
struct Frame {
  Set after;             ///< read behind it
  Set otherwise;         ///< read by its else branch, if it has one
  bool has_otherwise = false;
};

}  // namespace

std::optional<Live> find_live(const Body& body) {
  Live live;
  const std::size_t words = std::max<std::size_t>(1, (body.stack.size() + 63) / 64);
  const std::size_t count = body.statements.size();
  if ((count + body.labels) > words_max / words) return std::nullopt;
  live.words_ = words;
  live.after_.resize(count * words);
  live.labels_.resize(body.labels * words);
  std::vector<bool> seen;
  std::vector<Frame> frames;
  for (int round = 0; round < rounds_max; ++round) {
    bool again = false;   // a jump went to a label whose set has changed since
    bool backward = false;
    seen.assign(body.labels, false);
    frames.clear();
    Set now(words);
    Set otherwise;
    bool has_otherwise = false;
    for (std::size_t place = count; place-- > 0;) {
      const Statement& statement = body.statements[place];
      const auto of_label = live.labels_.begin() + static_cast<std::ptrdiff_t>(statement.label * words);
      switch (statement.kind) {
        case Kind::label:
          seen[statement.label] = true;
          if (!std::equal(now.begin(), now.end(), of_label)) {
            std::copy(now.begin(), now.end(), of_label);
            again = true;
          }
          break;
        case Kind::jump:
          backward = backward || !seen[statement.label];
          if (!statement.by_case) std::fill(now.begin(), now.end(), 0);
          for (std::size_t i = 0; i < words; ++i) now[i] |= of_label[static_cast<std::ptrdiff_t>(i)];
          break;
        case Kind::close:
          frames.push_back({now, std::move(otherwise), has_otherwise});
          has_otherwise = false;
          break;
        case Kind::otherwise:
        case Kind::choice:
        case Kind::selection:
        case Kind::open: {
          if (frames.empty()) return std::nullopt;
          Frame frame = std::move(frames.back());
          frames.pop_back();
          if (statement.kind == Kind::otherwise) {
            if (place == 0 || body.statements[place - 1].kind != Kind::close) return std::nullopt;
            otherwise = now;
            has_otherwise = true;
            std::copy(now.begin(), now.end(), live.after_.begin() + static_cast<std::ptrdiff_t>(place * words));
            now = std::move(frame.after);
            continue;
          }
          add(now, frame.has_otherwise ? frame.otherwise : frame.after);
          break;
        }
        case Kind::leave:
        case Kind::stop:
          std::fill(now.begin(), now.end(), 0);
          break;
        case Kind::value:
        case Kind::action:
        case Kind::directive:
        case Kind::verbatim:
        case Kind::nothing:
          break;
      }
      std::copy(now.begin(), now.end(), live.after_.begin() + static_cast<std::ptrdiff_t>(place * words));
      if (statement.kind == Kind::value && (statement.target & local_bit) == 0) now[statement.target / 64] &= ~(std::uint64_t{1} << (statement.target % 64));
      for (std::size_t i = statement.operands_begin; i < statement.operands_end; ++i) {
        const Variable read = body.operands[i].variable;
        if ((read & local_bit) == 0) now[read / 64] |= std::uint64_t{1} << (read % 64);
      }
    }
    if (!frames.empty()) return std::nullopt;
    if (!again || !backward) return live;
  }
  return std::nullopt;
}

}  // namespace ingot::compiler::lower
