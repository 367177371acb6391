// SPDX-License-Identifier: Apache-2.0
#pragma once
// The 46 functions, one declaration each (abi/wasi_functions.hpp has their types, abi/WASI.md what they promise). A function that returns `intr` because the call was asked to stop
// is not seen by the guest: it is stopped first (functions.cpp).

#include "host/wasi/call.hpp"

namespace ingot::host::wasi {

// process.cpp
Errno args_get(Call& call);
Errno args_sizes_get(Call& call);
Errno environ_get(Call& call);
Errno environ_sizes_get(Call& call);
Errno clock_res_get(Call& call);
Errno clock_time_get(Call& call);
Errno proc_exit(Call& call);
Errno proc_raise(Call& call);
Errno sched_yield(Call& call);
Errno random_get(Call& call);

// files.cpp
Errno fd_advise(Call& call);
Errno fd_allocate(Call& call);
Errno fd_close(Call& call);
Errno fd_datasync(Call& call);
Errno fd_fdstat_get(Call& call);
Errno fd_fdstat_set_flags(Call& call);
Errno fd_fdstat_set_rights(Call& call);
Errno fd_filestat_get(Call& call);
Errno fd_filestat_set_size(Call& call);
Errno fd_filestat_set_times(Call& call);
Errno fd_prestat_get(Call& call);
Errno fd_prestat_dir_name(Call& call);
Errno fd_renumber(Call& call);
Errno fd_seek(Call& call);
Errno fd_sync(Call& call);
Errno fd_tell(Call& call);

// transfer.cpp
Errno fd_pread(Call& call);
Errno fd_pwrite(Call& call);
Errno fd_read(Call& call);
Errno fd_write(Call& call);

// readdir.cpp
Errno fd_readdir(Call& call);

// path_open.cpp
Errno path_open(Call& call);

// paths.cpp
Errno path_create_directory(Call& call);
Errno path_filestat_get(Call& call);
Errno path_filestat_set_times(Call& call);
Errno path_link(Call& call);
Errno path_readlink(Call& call);
Errno path_remove_directory(Call& call);
Errno path_rename(Call& call);
Errno path_symlink(Call& call);
Errno path_unlink_file(Call& call);

// poll.cpp
Errno poll_oneoff(Call& call);

// sockets.cpp
Errno sock_accept(Call& call);
Errno sock_recv(Call& call);
Errno sock_send(Call& call);
Errno sock_shutdown(Call& call);

}  // namespace ingot::host::wasi
