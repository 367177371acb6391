# SPDX-License-Identifier: Apache-2.0
# The headers that most files read, read once for each build: two thirds of a small file's compilation and a third of a large one's.
# They are a cache, not an interface: every file includes what it uses, and the fuzz preset builds without this to prove it.
set(ingot_common_headers
  <algorithm> <array> <atomic> <charconv> <chrono> <cstdint> <cstdio> <cstdlib> <cstring> <filesystem> <fstream> <functional> <map> <memory> <mutex>
  <optional> <set> <span> <sstream> <string> <string_view> <thread> <utility> <variant> <vector> <nlohmann/json.hpp>)

# Test code is compiled often and runs once; what it tests keeps its own flags. -O0 takes half of the time of -O1 and less (tests/unit/db/vet_test.cpp under sanitizers: 7.7 s of CPU instead of 18.8, on 2 cores of an AMD EPYC);
# the C library's checked functions want more than that.
set(ingot_test_flags -O0 -U_FORTIFY_SOURCE)

# ingot_precompiled NAME FLAG LIBRARY...: one set, for what is compiled with -fPIC or -fPIE.
function(ingot_precompiled name flag)
  set(source ${CMAKE_BINARY_DIR}/${name}.cpp)
  if(NOT EXISTS ${source})
    file(WRITE ${source} "")
  endif()
  add_library(${name} OBJECT ${source})
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${name} PRIVATE ${flag})
  target_link_libraries(${name} PRIVATE nlohmann_json::nlohmann_json ${ARGN})
  set(headers ${ingot_common_headers})
  if("GTest::gtest" IN_LIST ARGN)
    list(APPEND headers <gtest/gtest.h>)
    target_compile_options(${name} PRIVATE ${ingot_test_flags})
  endif()
  list(TRANSFORM headers REPLACE "(.+)" "$<$<COMPILE_LANGUAGE:CXX>:\\1>")
  target_precompile_headers(${name} PRIVATE ${headers})
endfunction()

# ingot_use_precompiled FOLDER: for every program and library of ours in FOLDER and below.
# Not for targets with C (CMake wants a set for each language of a target), nor for those that are never sanitized (their flags differ).
function(ingot_use_precompiled folder)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    get_target_property(libraries ${target} LINK_LIBRARIES)
    get_target_property(options ${target} COMPILE_OPTIONS)
    get_target_property(sources ${target} SOURCES)
    list(FILTER sources INCLUDE REGEX "\\.c$")
    if(sources OR options MATCHES "fno-sanitize=" OR target MATCHES "^ingot_precompiled")
      continue()
    elseif(type STREQUAL "EXECUTABLE" AND libraries MATCHES "GTest::")
      target_compile_options(${target} PRIVATE ${ingot_test_flags})
      target_precompile_headers(${target} REUSE_FROM ingot_precompiled_tests)
    elseif(type STREQUAL "EXECUTABLE")
      target_precompile_headers(${target} REUSE_FROM ingot_precompiled_programs)
    elseif(type MATCHES "^(STATIC|OBJECT|SHARED)_LIBRARY$")
      target_precompile_headers(${target} REUSE_FROM ingot_precompiled_libraries)
    endif()
  endforeach()
  get_property(folders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(inner IN LISTS folders)
    ingot_use_precompiled(${inner})
  endforeach()
endfunction()

ingot_precompiled(ingot_precompiled_libraries -fPIC)
ingot_precompiled(ingot_precompiled_programs -fPIE)
ingot_precompiled(ingot_precompiled_tests -fPIE GTest::gtest)
ingot_use_precompiled(${CMAKE_SOURCE_DIR})
