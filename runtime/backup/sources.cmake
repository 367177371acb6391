# SPDX-License-Identifier: Apache-2.0
# Databases into files and back. Knows no modules' code and no HTTP.
ingot_runtime_library(backup
  SOURCES backup/sha256.cpp backup/header.cpp backup/archive.cpp backup/child.cpp backup/script.cpp backup/work.cpp backup/sqlite.cpp backup/postgres.cpp
  PUBLIC ingot_db
  PRIVATE nlohmann_json::nlohmann_json OpenSSL::Crypto)
