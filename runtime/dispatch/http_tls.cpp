// SPDX-License-Identifier: Apache-2.0
#include "dispatch/http_tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <boost/asio/ssl/context.hpp>
#include <ctime>
#include <fstream>
#include <string_view>
#include <utility>

namespace ingot::dispatch {
namespace {

namespace ssl = boost::asio::ssl;

/// What OpenSSL says last, in a few words.
std::string reason() {
  std::array<char, 256> text{};
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "no reason is given";
  if (const char* const words = ERR_reason_error_string(code)) return words;
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

Error wrong(const std::string& file, const std::string& what) { return Error{ErrorCode::config, file + ": " + what}; }

Result<void> readable(const std::string& path) {
  if (std::ifstream(path).good()) return {};
  return Error{ErrorCode::io, "cannot read " + path};
}

Result<std::chrono::system_clock::time_point> moment(const ASN1_TIME* time, const std::string& file) {
  std::tm utc{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &utc) != 1) return wrong(file, "the certificate says nothing readable of its time");
  return std::chrono::system_clock::from_time_t(timegm(&utc));
}

/// Only HTTP/1.1 is spoken here; a client that knows nothing of ALPN (RFC 7301) is served too, one that wants something else alone is told so.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_bytes, const unsigned char* offered, unsigned offered_bytes, void*) {
  static constexpr std::string_view spoken = "http/1.1";
  for (unsigned at = 0; at + 1 <= offered_bytes; at += offered[at] + 1U) {
    const unsigned length = offered[at];
    if (at + 1 + length > offered_bytes) break;
    if (std::string_view(reinterpret_cast<const char*>(offered + at + 1), length) != spoken) continue;
    *out = offered + at + 1;
    *out_bytes = static_cast<unsigned char>(length);
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

Result<TlsIdentity> read_tls(const TlsFiles& files) {
  INGOT_TRY_VOID(readable(files.certificate));
  INGOT_TRY_VOID(readable(files.key));
  TlsIdentity identity{std::make_shared<ssl::context>(ssl::context::tls_server), {}};
  SSL_CTX* const context = identity.context->native_handle();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // A client that renegotiates makes the server work at no cost of its own.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // an idle connection keeps no records
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  // A key under a passphrase would be asked for on the terminal.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) return wrong(files.certificate, "holds no certificate that can be used (PEM): " + reason());
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return wrong(files.key, "holds no private key of that certificate (PEM, without a passphrase): " + reason());
  }
  if (SSL_CTX_check_private_key(context) != 1) return wrong(files.key, "is not the key of " + files.certificate);
  const X509* const certificate = SSL_CTX_get0_certificate(context);
  INGOT_TRY(identity.expires_at, moment(X509_get0_notAfter(certificate), files.certificate));
  if (identity.expires_at <= std::chrono::system_clock::now()) return wrong(files.certificate, "the certificate has expired; put a new one in its place");
  return identity;
}

}  // namespace ingot::dispatch
