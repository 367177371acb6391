// SPDX-License-Identifier: Apache-2.0
#pragma once
// One module that uses every road between an island and its host.

#include "wat.hpp"

namespace ingot::compiler {

// (module
//   (type $unary (func (param i32) (result i32)))
//   (import "host" "add" (func $add (param i32 i64) (result i64)))
//   (import "" "twice \"x\"" (func $twice (type $unary)))
//   (import "host" "swap" (func $swap (param v128 f64) (result v128 f32)))
//   (memory (export "memory") 1 4)
//   (table (export "table") 3 funcref)
//   (global (export "counter") (mut i32) (i32.const 7))
//   (elem (i32.const 0) $twice $local)
//   (data (i32.const 16) "hello")
//   (func $local (type $unary) (i32.mul (local.get 0) (i32.const 3)))
//   (func (export "sum") (param i32 i64) (result i64) (call $add (local.get 0) (local.get 1)))
//   (func (export "through table") (param i32 i32) (result i32)
//     (call_indirect (type $unary) (local.get 0) (local.get 1)))
//   (func (export "vectors") (param v128 f64) (result v128 f32) (call $swap (local.get 0) (local.get 1)))
//   (func (export "many") (param i32) (result i32 i64 f32 f64)
//     (local.get 0) (i64.const -2) (f32.const 1.5) (f64.const -0.25))
//   (func (export "count") (result i32)
//     (global.set 0 (i32.add (global.get 0) (i32.const 1))) (global.get 0))
//   (func (export "load") (param i32) (result i32) (i32.load offset=4294967292 (local.get 0)))
//   (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
//   (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
//   (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
//   (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
//   (func (export "") (param externref) (result externref) (local.get 0))
//   (export "again" (func $twice))
//   (func $start (global.set 0 (i32.const 40)))
//   (start $start))
inline format::Bytes island_module() {
  return hex_bytes(
    "0061736d0100000001330960017f017f60027f7e017e60027b7c027b7d60027f7f017f60017f047f7e7d7c6000017f60037f7f7f0060016f016f6000"
    "0002250304686f73740361646400010009747769636520227822000004686f737404737761700002030e0d0001030204050006060003070804040170"
    "00030504010101040606017f0141070b077b0f066d656d6f72790200057461626c65010007636f756e74657203000373756d00040d7468726f756768"
    "207461626c65000507766563746f72730006046d616e79000705636f756e740008046c6f6164000904636f7079000a0466696c6c000b0467726f7700"
    "0c06646976696465000d00000e05616761696e000108010f0908010041000b0201030a86010d0700200041036c0b08002000200110000b0900200020"
    "011100000b08002000200110020b14002000427e430000c03f44000000000000d0bf0b0b00230041016a240023000b0b0020002802fcffffff0f0b0c"
    "00200020012002fc0a00000b0b00200020012002fc0b000b0600200040000b0700200020016d0b040020000b0600412824000b0b0b010041100b0568"
    "656c6c6f");
}

}  // namespace ingot::compiler
