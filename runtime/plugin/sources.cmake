# SPDX-License-Identifier: Apache-2.0
# ingot_plugin.h: Extism plugins inside somebody else's program. A part of libingot; by itself, so that what embeds guests of other kinds needs no HTTP client.
ingot_runtime_library(embed_plugin
  SOURCES plugin/function.cpp plugin/compile.cpp plugin/plugin.cpp
  PUBLIC ingot_embed ingot_extism ingot_plugin_manifest
  PRIVATE nlohmann_json::nlohmann_json)
