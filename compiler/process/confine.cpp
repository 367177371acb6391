// SPDX-License-Identifier: Apache-2.0
#include "process/confine.hpp"

#include "process/landlock.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

namespace ingot::compiler::process {
namespace {

/// Where the user may have less already, that stays.
bool limit(__rlimit_resource resource, std::uint64_t value) {
  struct rlimit now {};
  if (::getrlimit(resource, &now) != 0) return false;
  const rlim_t most = std::min<rlim_t>(value, now.rlim_max);
  const struct rlimit both {most, most};
  return ::setrlimit(resource, &both) == 0;
}

// Refused with EPERM. A deny list is enough here, because files are Landlock's business and the other walls are the
// limits: what it closes is the network, other processes, and the parts of the kernel that no compiler needs.
constexpr std::array denied_always{
    SYS_socket,      SYS_socketpair,    SYS_connect,       SYS_bind,           SYS_listen,      SYS_accept,      SYS_accept4,
    SYS_sendto,      SYS_sendmsg,       SYS_sendmmsg,      SYS_ptrace,         SYS_mount,       SYS_umount2,     SYS_pivot_root,
    SYS_chroot,      SYS_unshare,       SYS_setns,         SYS_bpf,            SYS_keyctl,      SYS_add_key,     SYS_request_key,
    SYS_init_module, SYS_finit_module,  SYS_delete_module, SYS_kexec_load,     SYS_reboot,      SYS_swapon,      SYS_perf_event_open,
    SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter, SYS_process_vm_readv, SYS_process_vm_writev, SYS_open_by_handle_at,
    SYS_personality, SYS_setuid,        SYS_setgid,        SYS_setresuid,      SYS_setresgid,   SYS_setsid,      SYS_setpgid};
constexpr std::array denied_without_processes{SYS_clone, SYS_clone3, SYS_fork, SYS_vfork};

constexpr std::size_t filter_max = 8 + 2 * (denied_always.size() + denied_without_processes.size());

struct Filter {
  std::array<sock_filter, filter_max> code{};
  unsigned short size = 0;
  void add(std::uint16_t operation, std::uint8_t if_true, std::uint8_t if_false, std::uint32_t operand) {
    code[size++] = {operation, if_true, if_false, operand};
  }
  void deny(long number) {
    add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<std::uint32_t>(number));
    add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM);
  }
};

bool install_filter(bool may_start_processes) {
  Filter filter;
  filter.add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, arch));
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, AUDIT_ARCH_X86_64);
  filter.add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS);
  filter.add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr));
  filter.add(BPF_JMP | BPF_JGE | BPF_K, 0, 1, 0x40000000u);  // the x32 names of the same calls
  filter.add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS);
  for (const long number : denied_always) filter.deny(number);
  if (!may_start_processes) {
    for (const long number : denied_without_processes) filter.deny(number);
  }
  filter.add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
  const sock_fprog program{filter.size, filter.code.data()};
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace

const char* confine(const Confinement& confinement) {
  ::umask(077);
  if (!limit(RLIMIT_CORE, 0)) return "core limit";
  if (!limit(RLIMIT_CPU, confinement.cpu_seconds_max)) return "time limit";
  if (!limit(RLIMIT_AS, confinement.memory_bytes_max)) return "memory limit";
  if (!limit(RLIMIT_DATA, confinement.private_bytes_max)) return "private memory limit";
  if (!limit(RLIMIT_FSIZE, confinement.file_bytes_max)) return "file size limit";
  if (!limit(RLIMIT_NOFILE, confinement.open_files_max)) return "open file limit";
  if (::unshare(CLONE_NEWNET) != 0) (void)::unshare(CLONE_NEWUSER | CLONE_NEWNET);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return "no-new-privileges";
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return "non-dumpable";
  const bool restricted = !confinement.readable.empty() || !confinement.writable.empty();
  if (restricted && !restrict_files(confinement.readable, confinement.writable)) return "file access";
  if (!install_filter(confinement.may_start_processes)) return "system call filter";
  return nullptr;
}

}  // namespace ingot::compiler::process
