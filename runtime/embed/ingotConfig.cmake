# SPDX-License-Identifier: Apache-2.0
# find_package(ingot): ingot::shared and ingot::static.
include(CMakeFindDependencyMacro)
find_dependency(OpenSSL 3)
find_dependency(Threads)
find_dependency(CURL 7.87)
include("${CMAKE_CURRENT_LIST_DIR}/ingotTargets.cmake")
