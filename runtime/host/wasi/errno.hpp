// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a function of WASI returns, and which of them an errno of this system's is. Value.

#include <cstdint>

namespace ingot::host::wasi {

/// WASI preview1, typenames.witx, `errno`, in its order.
enum class Errno : std::uint16_t {
  success, toobig, acces, addrinuse, addrnotavail, afnosupport, again, already, badf, badmsg, busy, canceled, child, connaborted, connrefused, connreset, deadlk,
  destaddrreq, dom, dquot, exist, fault, fbig, hostunreach, idrm, ilseq, inprogress, intr, inval, io, isconn, isdir, loop, mfile, mlink, msgsize, multihop,
  nametoolong, netdown, netreset, netunreach, nfile, nobufs, nodev, noent, noexec, nolck, nolink, nomem, nomsg, noprotoopt, nospc, nosys, notconn, notdir,
  notempty, notrecoverable, notsock, notsup, notty, nxio, overflow, ownerdead, perm, pipe, proto, protonosupport, prototype, range, rofs, spipe, srch, stale,
  timedout, txtbsy, xdev, notcapable
};
static_assert(static_cast<int>(Errno::notcapable) == 76);

/// `io` for those that WASI has no name for.
Errno errno_of(int host);
/// Of the system call that just failed.
Errno last_errno();

}  // namespace ingot::host::wasi
