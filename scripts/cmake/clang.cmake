# SPDX-License-Identifier: Apache-2.0
# Toolchain file: the newest clang that is installed, 19 or later, with its own lld.
foreach(version RANGE 30 19 -1)
  find_program(INGOT_CLANGXX_${version} clang++-${version})
  if(INGOT_CLANGXX_${version})
    string(REPLACE "clang++" "clang" INGOT_CLANG "${INGOT_CLANGXX_${version}}")
    set(CMAKE_CXX_COMPILER ${INGOT_CLANGXX_${version}})
    set(CMAKE_C_COMPILER ${INGOT_CLANG})
    set(CMAKE_ASM_COMPILER ${INGOT_CLANG})
    set(CMAKE_EXE_LINKER_FLAGS_INIT "-fuse-ld=lld")
    set(CMAKE_SHARED_LINKER_FLAGS_INIT "-fuse-ld=lld")
    break()
  endif()
endforeach()
