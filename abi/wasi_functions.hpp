// SPDX-License-Identifier: Apache-2.0
#pragma once
// The functions of WASI preview1 by name and type: what the compiler compares imports with and what the runtime serves. abi/WASI.md says what each does.

#include <array>
#include <optional>
#include <string_view>

namespace ingot::wasi {

/// The modules that they are imported from: the snapshot, and the draft before it, which differs in a few layouts.
inline constexpr std::array<std::string_view, 2> module_names{"wasi_snapshot_preview1", "wasi_unstable"};

struct Signature {
  std::string_view name;
  std::string_view params;   ///< i = i32, I = i64
  std::string_view results;  ///< i: an errno
};

inline constexpr std::array<Signature, 46> functions{{
    {"args_get", "ii", "i"},
    {"args_sizes_get", "ii", "i"},
    {"environ_get", "ii", "i"},
    {"environ_sizes_get", "ii", "i"},
    {"clock_res_get", "ii", "i"},
    {"clock_time_get", "iIi", "i"},
    {"fd_advise", "iIIi", "i"},
    {"fd_allocate", "iII", "i"},
    {"fd_close", "i", "i"},
    {"fd_datasync", "i", "i"},
    {"fd_fdstat_get", "ii", "i"},
    {"fd_fdstat_set_flags", "ii", "i"},
    {"fd_fdstat_set_rights", "iII", "i"},
    {"fd_filestat_get", "ii", "i"},
    {"fd_filestat_set_size", "iI", "i"},
    {"fd_filestat_set_times", "iIIi", "i"},
    {"fd_pread", "iiiIi", "i"},
    {"fd_prestat_get", "ii", "i"},
    {"fd_prestat_dir_name", "iii", "i"},
    {"fd_pwrite", "iiiIi", "i"},
    {"fd_read", "iiii", "i"},
    {"fd_readdir", "iiiIi", "i"},
    {"fd_renumber", "ii", "i"},
    {"fd_seek", "iIii", "i"},
    {"fd_sync", "i", "i"},
    {"fd_tell", "ii", "i"},
    {"fd_write", "iiii", "i"},
    {"path_create_directory", "iii", "i"},
    {"path_filestat_get", "iiiii", "i"},
    {"path_filestat_set_times", "iiiiIIi", "i"},
    {"path_link", "iiiiiii", "i"},
    {"path_open", "iiiiiIIii", "i"},
    {"path_readlink", "iiiiii", "i"},
    {"path_remove_directory", "iii", "i"},
    {"path_rename", "iiiiii", "i"},
    {"path_symlink", "iiiii", "i"},
    {"path_unlink_file", "iii", "i"},
    {"poll_oneoff", "iiii", "i"},
    {"proc_exit", "i", ""},
    {"proc_raise", "i", "i"},
    {"sched_yield", "", "i"},
    {"random_get", "ii", "i"},
    {"sock_accept", "iii", "i"},
    {"sock_recv", "iiiiii", "i"},
    {"sock_send", "iiiii", "i"},
    {"sock_shutdown", "ii", "i"},
}};

/// Of one of `functions`; nothing for any other name.
constexpr std::optional<std::size_t> index_of(std::string_view name) {
  for (std::size_t index = 0; index < functions.size(); ++index) {
    if (functions[index].name == name) return index;
  }
  return std::nullopt;
}

/// Of one of `module_names`.
constexpr bool is_module(std::string_view name) { return name == module_names[0] || name == module_names[1]; }

}  // namespace ingot::wasi
