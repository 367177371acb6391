# SPDX-License-Identifier: Apache-2.0
# HTTP in and out, routes, envelopes. Knows no SQL and no WebAssembly.
ingot_runtime_library(dispatch
  SOURCES
    dispatch/utf8.cpp
    dispatch/percent.cpp
    dispatch/field_rules.cpp
    dispatch/json_text.cpp
    dispatch/random_bytes.cpp
    dispatch/request_id.cpp
    dispatch/trace_context.cpp
    dispatch/cors.cpp
    dispatch/compress.cpp
    dispatch/permission.cpp
    dispatch/route_pattern.cpp
    dispatch/router.cpp
    dispatch/envelope.cpp
    dispatch/request_json.cpp
    dispatch/response_json.cpp
    dispatch/worker_pool.cpp
    dispatch/head_scanner.cpp
    dispatch/head_check.cpp
    dispatch/response_head.cpp
    dispatch/http_message.cpp
    dispatch/http_tls.cpp
    dispatch/http_session.cpp
    dispatch/http_server.cpp
  PUBLIC Threads::Threads
  PRIVATE nlohmann_json::nlohmann_json OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB Boost::headers)
