# SPDX-License-Identifier: Apache-2.0
# What an API's description is made of: text in, text out. Knows no module, no socket.
ingot_runtime_library(openapi
  SOURCES
    openapi/schema.cpp
    openapi/declaration.cpp
    openapi/own_routes.cpp
    openapi/document.cpp
  PUBLIC ingot_dispatch nlohmann_json::nlohmann_json)
