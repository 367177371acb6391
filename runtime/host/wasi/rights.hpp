// SPDX-License-Identifier: Apache-2.0
#pragma once
// The numbers of WASI preview1 (typenames.witx) that descriptors are described with: rights, flags, kinds of file. Values.

#include <cstdint>

namespace ingot::host::wasi {

using Rights = std::uint64_t;

namespace right {
inline constexpr Rights fd_datasync = 1u << 0, fd_read = 1u << 1, fd_seek = 1u << 2, fd_fdstat_set_flags = 1u << 3, fd_sync = 1u << 4, fd_tell = 1u << 5,
                        fd_write = 1u << 6, fd_advise = 1u << 7, fd_allocate = 1u << 8, path_create_directory = 1u << 9, path_create_file = 1u << 10,
                        path_link_source = 1u << 11, path_link_target = 1u << 12, path_open = 1u << 13, fd_readdir = 1u << 14, path_readlink = 1u << 15,
                        path_rename_source = 1u << 16, path_rename_target = 1u << 17, path_filestat_get = 1u << 18, path_filestat_set_size = 1u << 19,
                        path_filestat_set_times = 1u << 20, fd_filestat_get = 1u << 21, fd_filestat_set_size = 1u << 22, fd_filestat_set_times = 1u << 23,
                        path_symlink = 1u << 24, path_remove_directory = 1u << 25, path_unlink_file = 1u << 26, poll_fd_readwrite = 1u << 27,
                        sock_shutdown = 1u << 28, sock_accept = 1u << 29;
/// What makes sense for each kind of file; rights that do not are left out of what a descriptor gets.
inline constexpr Rights of_stream = fd_read | fd_write | fd_fdstat_set_flags | fd_filestat_get | poll_fd_readwrite;
inline constexpr Rights of_file = of_stream | fd_datasync | fd_seek | fd_sync | fd_tell | fd_advise | fd_allocate | fd_filestat_set_size | fd_filestat_set_times;
inline constexpr Rights of_directory = fd_fdstat_set_flags | fd_sync | fd_datasync | fd_advise | path_create_directory | path_create_file | path_link_source |
                                       path_link_target | path_open | fd_readdir | path_readlink | path_rename_source | path_rename_target | path_filestat_get |
                                       path_filestat_set_size | path_filestat_set_times | fd_filestat_get | fd_filestat_set_times | path_symlink |
                                       path_remove_directory | path_unlink_file | poll_fd_readwrite;
inline constexpr Rights of_socket = of_stream | sock_shutdown;
inline constexpr Rights of_listener = fd_fdstat_set_flags | fd_filestat_get | poll_fd_readwrite | sock_accept;
/// What a file is opened for writing for.
inline constexpr Rights that_write = fd_datasync | fd_write | fd_allocate | fd_filestat_set_size;
}  // namespace right

enum class FileType : std::uint8_t { unknown, block_device, character_device, directory, regular_file, socket_datagram, socket_stream, symbolic_link };

namespace fdflag {
inline constexpr std::uint32_t append = 1, dsync = 2, nonblock = 4, rsync = 8, sync = 16, all = 31;
}
namespace oflag {
inline constexpr std::uint32_t create = 1, directory = 2, exclusive = 4, truncate = 8, all = 15;
}
namespace lookup {
inline constexpr std::uint32_t symlink_follow = 1, all = 1;
}
namespace timeflag {
inline constexpr std::uint32_t atim = 1, atim_now = 2, mtim = 4, mtim_now = 8, all = 15;
}

}  // namespace ingot::host::wasi
