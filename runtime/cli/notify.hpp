// SPDX-License-Identifier: Apache-2.0
#pragma once
// Telling systemd how the service is doing (sd_notify(3)): one datagram of text to the socket in $NOTIFY_SOCKET. Without the variable nothing happens, so it can be called
// wherever the server was started from.

#include <string_view>

namespace ingot::cli {

/// "READY=1", "STOPPING=1", ... Failures are nobody's: a manager that cannot be told finds out by itself. Any thread.
void notify_service_manager(std::string_view state);

/// "RELOADING=1" with the time that the protocol asks for with it; notify_service_manager("READY=1") ends it.
void notify_reloading();

}  // namespace ingot::cli
