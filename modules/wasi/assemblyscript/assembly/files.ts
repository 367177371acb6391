// SPDX-License-Identifier: Apache-2.0
// Whole files, through WASI's own functions: the shim has streams only.
import {
  errno, fd_close, fd_prestat_dir_name, fd_prestat_get, fd_read, fd_write, fdflags, lookupflags, oflags, path_open, prestat, rights,
} from "../node_modules/@assemblyscript/wasi-shim/assembly/bindings/wasi_snapshot_preview1";

/** The descriptor of the granted folder of this name; -1 when there is none. */
function granted(folder: string): i32 {
  const about = new StaticArray<u32>(2);
  for (let fd = 3; fd_prestat_get(fd, changetype<prestat>(changetype<usize>(about))) == errno.SUCCESS; ++fd) {
    const name = new ArrayBuffer(about[1]);
    if (fd_prestat_dir_name(fd, changetype<usize>(name), about[1]) == errno.SUCCESS && String.UTF8.decode(name) == folder) return fd;
  }
  return -1;
}

function open(folder: string, name: string, how: u16, may: u64): i32 {
  const directory = granted(folder), path = String.UTF8.encode(name), fd = new StaticArray<i32>(1);
  if (directory < 0) return -1;
  const said = path_open(directory, lookupflags.SYMLINK_FOLLOW, changetype<usize>(path), path.byteLength, how, may, 0, 0 as fdflags, changetype<usize>(fd));
  return said == errno.SUCCESS ? fd[0] : -1;
}

/** All that comes from a descriptor until its end. */
export function readAll(fd: i32): ArrayBuffer {
  let whole = new ArrayBuffer(0);
  const part = new ArrayBuffer(512), vector = new StaticArray<usize>(2), got = new StaticArray<usize>(1);
  while (true) {
    vector[0] = changetype<usize>(part);
    vector[1] = part.byteLength;
    if (fd_read(fd, changetype<usize>(vector), 1, changetype<usize>(got)) != errno.SUCCESS || got[0] == 0) break;
    const longer = new ArrayBuffer(whole.byteLength + <i32>got[0]);
    memory.copy(changetype<usize>(longer), changetype<usize>(whole), whole.byteLength);
    memory.copy(changetype<usize>(longer) + whole.byteLength, changetype<usize>(part), got[0]);
    whole = longer;
  }
  return whole;
}

export function readFile(folder: string, name: string): ArrayBuffer | null {
  const fd = open(folder, name, 0, rights.FD_READ);
  if (fd < 0) return null;
  const content = readAll(fd);
  fd_close(fd);
  return content;
}

export function writeFile(folder: string, name: string, text: string): void {
  const fd = open(folder, name, oflags.CREAT | oflags.TRUNC, rights.FD_WRITE);
  if (fd < 0) throw new Error("cannot write");
  const bytes = String.UTF8.encode(text), vector = new StaticArray<usize>(2), written = new StaticArray<usize>(1);
  vector[0] = changetype<usize>(bytes);
  vector[1] = bytes.byteLength;
  fd_write(fd, changetype<usize>(vector), 1, changetype<usize>(written));
  fd_close(fd);
}
