// SPDX-License-Identifier: Apache-2.0
#pragma once
// A certificate and its key, ready for handshakes. TLS 1.2 and 1.3 (RFC 8446), by OpenSSL. This header brings in no OpenSSL.

#include <chrono>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace boost::asio::ssl {
class context;
}

namespace ingot::dispatch {

/// Files, PEM: the server's certificate with whatever stands between it and a root, in that order; and its private key, without a passphrase.
struct TlsFiles {
  std::string certificate, key;
  bool operator==(const TlsFiles&) const = default;
};

struct TlsIdentity {
  std::shared_ptr<boost::asio::ssl::context> context;
  std::chrono::system_clock::time_point expires_at;  ///< of the server's certificate
};

/// Reads both files. Errors: io; config: what is in a file is no certificate or key, they do not belong together, the certificate has expired.
Result<TlsIdentity> read_tls(const TlsFiles& files);

}  // namespace ingot::dispatch
