# SPDX-License-Identifier: Apache-2.0
# The admin page and what is reckoned for it. Knows no modules: what it shows comes as JSON (admin_overview.hpp).
ingot_runtime_library(admin
  SOURCES admin/page.cpp admin/quantile.cpp
  PUBLIC ingot_dispatch
  PRIVATE ingot_identity)
# page.cpp has these three inside itself.
set_source_files_properties(admin/page.cpp PROPERTIES OBJECT_DEPENDS
  "${CMAKE_CURRENT_SOURCE_DIR}/admin/page/admin.html;${CMAKE_CURRENT_SOURCE_DIR}/admin/page/admin.css;${CMAKE_CURRENT_SOURCE_DIR}/admin/page/admin.js")
