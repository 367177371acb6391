// SPDX-License-Identifier: Apache-2.0
#include "format/symbols.hpp"

#include <gtest/gtest.h>

namespace ingot::format {
namespace {

using Base = UnwindRow::Base;

Symbols example() {
  Symbols symbols;
  symbols.functions = {"host.log", "", "crm::create"};
  symbols.files = {"src/lib.rs"};
  Symbols::Target target;
  target.unwind = {{16, 8, 0, Base::rsp}, {17, 16, 16, Base::rsp}, {20, 16, 16, Base::rbp}, {64, 0, 0, Base::unknown}};
  target.lines = {{16, 1}, {32, 0}, {64, no_symbol}};
  target.locations = {{2, 0, 42, no_symbol}, {1, 0, 7, 0}};
  symbols.targets = {Symbols::Target(), target};
  return symbols;
}

TEST(Symbols, Are_read_as_they_were_written) {
  const Bytes bytes = write_symbols(example());
  const auto view = SymbolsView::parse(bytes);
  ASSERT_TRUE(view.ok()) << view.error().message;
  EXPECT_EQ(view->function_count(), 3u);
  EXPECT_EQ(view->target_count(), 2u);
  EXPECT_EQ(view->function_name(0), "host.log");
  EXPECT_EQ(view->function_name(1), "");
  EXPECT_EQ(view->function_name(2), "crm::create");
  EXPECT_EQ(view->function_name(3), "");
  EXPECT_EQ(view->file_name(0), "src/lib.rs");
  EXPECT_EQ(view->file_name(1), "");
}

TEST(Symbols, A_row_holds_up_to_the_next_one) {
  const Bytes bytes = write_symbols(example());
  const auto view = SymbolsView::parse(bytes);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->unwind(1, 15).base, Base::unknown) << "before the first row";
  EXPECT_EQ(view->unwind(1, 16), (UnwindRow{16, 8, 0, Base::rsp}));
  EXPECT_EQ(view->unwind(1, 19), (UnwindRow{17, 16, 16, Base::rsp}));
  EXPECT_EQ(view->unwind(1, 63), (UnwindRow{20, 16, 16, Base::rbp}));
  EXPECT_EQ(view->unwind(1, UINT64_MAX).base, Base::unknown);
  EXPECT_EQ(view->unwind(0, 16).base, Base::unknown) << "another target";
  EXPECT_EQ(view->unwind(2, 16).base, Base::unknown) << "no such target";
}

TEST(Symbols, All_rows_of_a_line_table_can_be_gone_through) {
  const Bytes bytes = write_symbols(example());
  const auto view = SymbolsView::parse(bytes);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->line_count(0), 0u);
  ASSERT_EQ(view->line_count(1), 3u);
  EXPECT_EQ(view->line_count(2), 0u) << "no such target";
  EXPECT_EQ(view->line_offset(1, 0), 16u);
  EXPECT_EQ(view->line_offset(1, 2), 64u);
}

TEST(Symbols, An_address_lies_in_a_function_and_in_those_that_it_was_inlined_into) {
  const Bytes bytes = write_symbols(example());
  const auto view = SymbolsView::parse(bytes);
  ASSERT_TRUE(view.ok());
  const Location inner{1, 0, 7, 0}, outer{2, 0, 42, no_symbol};
  EXPECT_EQ(view->locations(1, 20, 10), (std::vector<Location>{inner, outer}));
  EXPECT_EQ(view->locations(1, 20, 1), (std::vector<Location>{inner}));
  EXPECT_EQ(view->locations(1, 40, 10), (std::vector<Location>{outer}));
  EXPECT_TRUE(view->locations(1, 64, 10).empty());
  EXPECT_TRUE(view->locations(1, 3, 10).empty());
}

TEST(Symbols, A_location_that_names_itself_or_a_later_one_as_its_caller_ends_the_list) {
  Symbols symbols = example();
  symbols.targets[1].locations = {{2, 0, 42, 1}, {1, 0, 7, 0}};  // a circle
  const Bytes bytes = write_symbols(symbols);
  const auto view = SymbolsView::parse(bytes);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->locations(1, 20, 1000).size(), 2u);
}

TEST(Symbols, Every_truncation_is_refused) {
  const Bytes bytes = write_symbols(example());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(SymbolsView::parse(ByteView(bytes).first(size)).ok()) << size;
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(SymbolsView::parse(longer).ok());
}

TEST(Symbols, Wrong_bytes_give_wrong_answers_and_no_read_outside) {
  const Bytes bytes = write_symbols(example());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      Bytes wrong = bytes;
      wrong[at] = static_cast<std::uint8_t>(value);
      const auto view = SymbolsView::parse(wrong);
      if (!view.ok()) continue;
      for (std::uint32_t target = 0; target < view->target_count(); ++target) {
        for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{20}, std::uint64_t{64}, UINT64_MAX}) {
          static_cast<void>(view->unwind(target, offset));
          const auto places = view->locations(target, offset, 8);
          ASSERT_LE(places.size(), 8u);
          for (const Location& place : places) {
            ASSERT_LE(view->function_name(place.function).size() + view->file_name(place.file).size(), 2 * bytes.size());
          }
        }
      }
    }
  }
}

TEST(Symbols, Have_the_layout_that_FORMAT_md_gives) {
  Symbols symbols;
  symbols.functions = {"ab"};
  symbols.files = {"c"};
  symbols.targets = {{{{1, -8, 16, Base::rbp}}, {{2, 0}}, {{0, 0, 3, no_symbol}}}};
  const Bytes expected{'I', 'N', 'G', 'O', 'T', 'S', 'Y', 'M', 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0,
                       1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,                        // the target's counts
                       0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0,                        // the strings
                       1, 0, 0, 0, 0xf8, 0xff, 0xff, 0xff, 16, 0, 2, 0,                       // the unwind row
                       2, 0, 0, 0, 0, 0, 0, 0,                                                // the line row
                       0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,            // the location
                       'a', 'b', 'c'};
  EXPECT_EQ(write_symbols(symbols), expected);
}

}  // namespace
}  // namespace ingot::format
