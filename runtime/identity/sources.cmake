# SPDX-License-Identifier: Apache-2.0
# Whose token is believed, and what its bearer may do. Knows no database and no WebAssembly.
ingot_runtime_library(identity
  SOURCES identity/keys.cpp identity/token.cpp identity/access.cpp
  PUBLIC ingot_dispatch
  PRIVATE nlohmann_json::nlohmann_json OpenSSL::Crypto)
