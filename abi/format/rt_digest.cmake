# SPDX-License-Identifier: Apache-2.0
# ingot_write_rt_digest(<wasm-rt.h> <output folder>): writes <output folder>/ingot/rt_digest.h, which holds the SHA-256 of wasm-rt.h as
# INGOT_RT_DIGEST_HEX (64 hex digits) and INGOT_RT_DIGEST_BYTES (an initialiser). Runs at configure time, again when the header changes.
function(ingot_write_rt_digest header folder)
  file(SHA256 "${header}" digest)
  string(REGEX REPLACE "(..)" "0x\\1, " bytes "${digest}")
  string(REGEX REPLACE ", $" "" bytes "${bytes}")
  set(text "/* Generated from wasm-rt.h. */\n#pragma once\n#define INGOT_RT_DIGEST_HEX \"${digest}\"\n#define INGOT_RT_DIGEST_BYTES {${bytes}}\n")
  file(CONFIGURE OUTPUT "${folder}/ingot/rt_digest.h" CONTENT "${text}" @ONLY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${header}")
endfunction()
