// SPDX-License-Identifier: Apache-2.0
// This side of channel.hpp: a guest_server, asked and answered synchronously, and the linear memories kept equal on both sides.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

export const op = { load: 1, instantiate: 2, call: 3, answer: 4, refuse: 5, done: 16, failed: 17, trapped: 18, ask: 19 };
const page = 4096, block = 65536;

/** A linear memory as the program sees it. `buffer` is replaced, and the old one detached, whenever the guest has grown. */
class Mirror {
  buffer = new ArrayBuffer(0);
  bytes = Buffer.from(this.buffer);
  known = Buffer.alloc(0);  // as both sides last knew it

  resize(size) {
    const buffer = new ArrayBuffer(size), bytes = Buffer.from(buffer), known = Buffer.alloc(size);
    this.bytes.copy(bytes);
    this.known.copy(known);
    structuredClone(this.buffer, { transfer: [this.buffer] });
    Object.assign(this, { buffer, bytes, known });
  }

  /** [page index, bytes] of what the program has written. */
  takeChanges() {
    const changes = [];
    const same = (at, size) => this.bytes.compare(this.known, at, at + size, at, at + size) === 0;
    for (let start = 0; start < this.bytes.length; start += block) {
      if (same(start, block)) continue;
      for (let at = start; at < start + block; at += page) {
        if (same(at, page)) continue;
        this.bytes.copy(this.known, at, at, at + page);
        changes.push([at / page, this.known.subarray(at, at + page)]);
      }
    }
    return changes;
  }

  put(index, content) {
    content.copy(this.bytes, index * page);
    content.copy(this.known, index * page);
  }
}

export class Channel {
  memories = [];

  constructor(program) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "ingot-foreign-"));
    const [to, from] = ["to", "from"].map((name) => path.join(folder, name));
    if (spawnSync("mkfifo", [to, from]).status !== 0) throw new Error("mkfifo failed");
    this.child = spawn(program, [to, from], { stdio: ["ignore", "inherit", "inherit"] });
    this.child.on("error", (error) => { throw error; });
    this.child.unref();
    this.output = fs.openSync(to, "w");
    this.input = fs.openSync(from, "r");
    fs.rmSync(folder, { recursive: true });
  }

  memory(id) {
    return (this.memories[id] ??= new Mirror());
  }

  #write(bytes) {
    for (let at = 0; at < bytes.length;) at += fs.writeSync(this.output, bytes, at);
  }
  #read(size) {
    const bytes = Buffer.allocUnsafe(size);
    for (let at = 0; at < size;) {
      const got = fs.readSync(this.input, bytes, at, size - at, null);
      if (got === 0) throw new Error("guest_server has ended (see its message above)");
      at += got;
    }
    return bytes;
  }

  /** `slots`: BigInts. */
  send(kind, { a = 0, b = 0, slots = [], text = "" } = {}) {
    const parts = [];
    const number = (value) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(value);
      parts.push(bytes);
    };
    const long = (value) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
      parts.push(bytes);
    };
    parts.push(Buffer.from([kind]));
    for (const value of [a, b, slots.length]) number(value);
    slots.forEach(long);
    number(Buffer.byteLength(text));
    parts.push(Buffer.from(text));
    number(this.memories.length);
    this.memories.forEach((memory, id) => {
      number(id);
      long(BigInt(memory.bytes.length));
      const changes = memory.takeChanges();
      number(changes.length);
      for (const [index, content] of changes) {
        number(index);
        parts.push(content);
      }
    });
    const body = Buffer.concat(parts), head = Buffer.alloc(4);
    head.writeUInt32LE(body.length);
    this.#write(Buffer.concat([head, body]));
  }

  receive() {
    const bytes = this.#read(this.#read(4).readUInt32LE());
    let at = 0;
    const number = () => bytes.readUInt32LE((at += 4) - 4);
    const long = () => bytes.readBigUInt64LE((at += 8) - 8);
    const message = { op: bytes[at++], a: number(), b: number() };
    message.slots = Array.from({ length: number() }, long);
    const length = number();
    message.text = bytes.toString("utf8", at, (at += length));
    for (let left = number(); left > 0; --left) {
      const memory = this.memory(number()), size = Number(long());
      if (size !== memory.bytes.length) memory.resize(size);
      for (let pages = number(); pages > 0; --pages) {
        const index = number();
        memory.put(index, bytes.subarray(at, (at += page)));
      }
    }
    return message;
  }
}
