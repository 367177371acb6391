# SPDX-License-Identifier: Apache-2.0
# `ingot serve --watch`: module folders that are built and cast again when they change. A convenience of development: what it makes are bundles, and
# those are verified like any other.
ingot_runtime_library(watch
  SOURCES watch/child.cpp watch/changes.cpp watch/module_folder.cpp watch/watcher.cpp
  PUBLIC Threads::Threads
  PRIVATE ingot_modules ingot_observe nlohmann_json::nlohmann_json)
