# SPDX-License-Identifier: Apache-2.0
# Extism plugins behind the server's routes.
ingot_runtime_library(plugins
  SOURCES plugins/plugin_config.cpp plugins/host_functions.cpp plugins/served_plugin.cpp plugins/resting.cpp
  PUBLIC ingot_extism ingot_plugin_manifest
  PRIVATE ingot_dispatch ingot_modules ingot_observe nlohmann_json::nlohmann_json)
