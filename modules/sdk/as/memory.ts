// SPDX-License-Identifier: Apache-2.0
// Buffers that cross the boundary. They live outside the managed heap, so that the host may give them back.

/** For the host: where to put the request. A module re-exports it. */
export function alloc(size: u32): usize {
  return heap.alloc(size);
}

/** For the host: gives a response back. A module re-exports it. */
export function dealloc(address: usize, size: u32): void {
  heap.free(address);
}

/** Puts a text where the host finds it: the address of two u32, address and length. */
export function handOver(text: string): usize {
  const length = String.UTF8.byteLength(text);
  const bytes = heap.alloc(length);
  String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, bytes);
  const pair = heap.alloc(8);
  store<u32>(pair, <u32>bytes);
  store<u32>(pair, <u32>length, 4);
  return pair;
}
