// SPDX-License-Identifier: Apache-2.0
#include "symbols/frame_table.hpp"

#include <gtest/gtest.h>

#include "wat.hpp"

namespace ingot::compiler::native {
namespace {

using format::UnwindRow;
using Base = UnwindRow::Base;

// A common entry as DWARF 5 (6.4.1) lays it out: version 4, no augmentation, 8-byte addresses, code alignment 1, data alignment -8, return
// address in column 16; CFA = rsp + 8 and the return address at CFA - 8. Padded with nop.
constexpr const char* common = "14000000 ffffffff 04 00 08 00 01 78 10  0c 07 08  90 01  00 00 00 00";

/// A function at 0x1010 of 0x20 bytes with this program, which is 8 bytes long.
std::string function(const std::string& program) { return "1c000000 00000000 1010000000000000 2000000000000000" + program; }

std::vector<UnwindRow> rows(const std::string& program) {
  return read_frames(hex_bytes(common + function(program)), 0x1000, 0x100);
}

TEST(FrameTable, Follows_a_prologue_with_a_frame_pointer) {
  // push rbp at 0: def_cfa_offset 16, rbp at CFA-16; mov rbp, rsp ends at 4: def_cfa_register rbp.
  EXPECT_EQ(rows("41 0e10 8602 43 0d06"), (std::vector<UnwindRow>{{0x10, 8, 0, Base::rsp},
                                                                    {0x11, 16, 16, Base::rsp},
                                                                    {0x14, 16, 16, Base::rbp},
                                                                    {0x30, 0, 0, Base::unknown}}));
}

TEST(FrameTable, Remembers_and_restores_rules) {
  // 1: offset 48; 2: remember, offset 8; 3: restore.
  EXPECT_EQ(rows("41 0e30 41 0a 0e08 41"), rows("41 0e30 41 0e08 41 00"));
  EXPECT_EQ(rows("41 0e30 0a 41 0c0708"), (std::vector<UnwindRow>{{0x10, 8, 0, Base::rsp}, {0x11, 48, 0, Base::rsp},
                                                                   {0x12, 8, 0, Base::rsp}, {0x30, 0, 0, Base::unknown}}));
}

TEST(FrameTable, What_it_does_not_know_ends_walks_instead_of_guessing) {
  const std::vector<UnwindRow> unknown{{0x10, 0, 0, Base::unknown}};
  EXPECT_EQ(rows("0f 03 770011 000000"), unknown) << "def_cfa_expression";
  EXPECT_EQ(rows("0b 00000000000000"), unknown) << "restore_state without remember_state";
  EXPECT_EQ(rows("0c 03 08 0000000000")[0].base, Base::unknown) << "a CFA in rbx";
}

TEST(FrameTable, Damage_gives_fewer_rows_and_no_read_outside) {
  const format::Bytes whole = hex_bytes(common + function("41 0e10 8602 43 0d06"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(read_frames(format::ByteView(whole).first(size), 0x1000, 0x100).empty()) << size;
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    format::Bytes wrong = whole;
    wrong[at] = 0xff;
    for (const UnwindRow& row : read_frames(wrong, 0x1000, 0x100)) EXPECT_LE(row.text_offset, 0x100u);
  }
}

}  // namespace
}  // namespace ingot::compiler::native
