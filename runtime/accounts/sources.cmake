# SPDX-License-Identifier: Apache-2.0
# Users, passwords, and signing in. Knows no HTTP and no WebAssembly.
ingot_runtime_library(accounts
  SOURCES accounts/names.cpp accounts/password.cpp accounts/attempts.cpp accounts/sign_in.cpp accounts/admin.cpp
  PUBLIC ingot_db ingot_identity
  PRIVATE ingot_observe crypt)
