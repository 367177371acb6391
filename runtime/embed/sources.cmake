# SPDX-License-Identifier: Apache-2.0
# libingot: guests inside somebody else's program. Knows WASI and no other contract, no database and no HTTP; plugin/ does, which is installed with it.
ingot_runtime_library(embed
  SOURCES
    embed/error.cpp
    embed/type_text.cpp
    embed/engine.cpp
    embed/linker.cpp
    embed/wasi.cpp
    embed/instance.cpp
    embed/scope.cpp
    embed/loop.cpp
    embed/pool.cpp
  PUBLIC ingot_instance ingot_wasi)
target_include_directories(ingot_embed PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/embed/include)

# A sanitizer's runtime stands in the program, so such a build has nothing to install.
if(INGOT_SANITIZE)
  return()
endif()

# What is installed: one library of everything that it is made of, plugin/ too, shared and static. Only the names of ingot.h and ingot_plugin.h leave the shared one.
add_library(ingot_shared SHARED embed/shared.c $<TARGET_OBJECTS:ingot_embed_plugin>)
target_link_libraries(ingot_shared PRIVATE $<LINK_LIBRARY:WHOLE_ARCHIVE,ingot_embed> ingot_extism)
target_link_options(ingot_shared PRIVATE LINKER:--version-script=${CMAKE_CURRENT_SOURCE_DIR}/embed/exports.map LINKER:--no-undefined LINKER:-z,relro,-z,now)
set_target_properties(ingot_shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINK_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/embed/exports.map LINKER_LANGUAGE CXX)

add_library(ingot_static STATIC
  $<TARGET_OBJECTS:ingot_abi> $<TARGET_OBJECTS:ingot_sandbox> $<TARGET_OBJECTS:ingot_bundle> $<TARGET_OBJECTS:ingot_load> $<TARGET_OBJECTS:ingot_instance>
  $<TARGET_OBJECTS:ingot_wasi> $<TARGET_OBJECTS:ingot_extism> $<TARGET_OBJECTS:ingot_plugin_manifest> $<TARGET_OBJECTS:ingot_embed> $<TARGET_OBJECTS:ingot_embed_plugin>)
target_link_libraries(ingot_static PRIVATE CURL::libcurl OpenSSL::Crypto sodium Threads::Threads ${CMAKE_DL_LIBS} INTERFACE stdc++)
set_target_properties(ingot_static PROPERTIES LINKER_LANGUAGE CXX)

foreach(library shared static)
  set_target_properties(ingot_${library} PROPERTIES OUTPUT_NAME ingot EXPORT_NAME ${library}
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
  target_include_directories(ingot_${library} INTERFACE $<INSTALL_INTERFACE:include>)
endforeach()

# ---- an installed prefix: find_package(ingot), pkg-config ingot ----
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
configure_file(embed/ingot.pc.in ${CMAKE_CURRENT_BINARY_DIR}/ingot.pc @ONLY)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/ingotConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(TARGETS ingot_shared ingot_static EXPORT ingotTargets COMPONENT libingot)
install(EXPORT ingotTargets NAMESPACE ingot:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ingot COMPONENT libingot)
install(FILES embed/ingotConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/ingotConfigVersion.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ingot COMPONENT libingot)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ingot.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT libingot)
install(FILES embed/include/ingot.h embed/include/ingot.hpp embed/include/ingot_plugin.h embed/include/ingot_plugin.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT libingot)
install(FILES ${PROJECT_SOURCE_DIR}/abi/include/ingot/values.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ingot COMPONENT libingot)
