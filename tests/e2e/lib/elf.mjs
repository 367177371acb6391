// SPDX-License-Identifier: Apache-2.0
// Changes single fields of an ELF64 shared object in place (System V ABI, chapters 4 and 5), for tests of those who read such objects.

export const PT = { LOAD: 1, DYNAMIC: 2, INTERP: 3, NOTE: 4, PHDR: 6, TLS: 7, GNU_STACK: 0x6474e551, GNU_RELRO: 0x6474e552 };
export const PF = { X: 1, W: 2, R: 4 };
export const DT = {
  NULL: 0, NEEDED: 1, STRTAB: 5, SYMTAB: 6, RELA: 7, RELASZ: 8, STRSZ: 10, INIT: 12, FINI: 13, RPATH: 15, TEXTREL: 22, JMPREL: 23, INIT_ARRAY: 25,
  FINI_ARRAY: 26, RUNPATH: 29, FLAGS: 30, GNU_HASH: 0x6ffffef5, RELACOUNT: 0x6ffffff9, FLAGS_1: 0x6ffffffb,
};
export const R = { RELATIVE: 8, GLOB_DAT: 6, IRELATIVE: 37 };

export class Elf {
  /** A copy: the given bytes stay as they are. */
  constructor(bytes) {
    this.bytes = Buffer.from(bytes);
  }
  number(at) {
    return Number(this.bytes.readBigUInt64LE(at));
  }
  set(at, value) {
    this.bytes.writeBigUInt64LE(BigInt(value), at);
  }
  /** File offsets of the program headers of this type, perhaps only those with these flags. */
  segments(type, flags) {
    const begin = this.number(32), found = [];
    for (let i = 0; i < this.bytes.readUInt16LE(56); ++i) {
      const at = begin + 56 * i;
      if (this.bytes.readUInt32LE(at) === type && (flags === undefined || this.bytes.readUInt32LE(at + 4) === flags)) found.push(at);
    }
    return found;
  }
  segment(type, flags) {
    return this.segments(type, flags)[0] ?? missing(`segment ${type}`);
  }
  /** Fields of a program header. */
  static type = 0;
  static flags = 4;
  static offset = 8;
  static address = 16;
  static fileSize = 32;
  static memorySize = 40;
  static align = 48;

  /** Where the file keeps what is mapped at this address. */
  place(address) {
    for (const at of this.segments(PT.LOAD)) {
      const distance = address - this.number(at + Elf.address);
      if (distance >= 0 && distance < this.number(at + Elf.fileSize)) return this.number(at + Elf.offset) + distance;
    }
    return missing(`address ${address}`);
  }
  /** File offset of the entry of the dynamic table with this tag. */
  dynamic(tag) {
    const begin = this.place(this.number(this.segment(PT.DYNAMIC) + Elf.address));
    for (let at = begin; this.number(at) !== DT.NULL; at += 16) {
      if (this.number(at) === tag) return at;
    }
    return missing(`dynamic tag ${tag}`);
  }
  value(tag) {
    return this.number(this.dynamic(tag) + 8);
  }
  /** File offset of relocation `index`: r_offset, r_info, r_addend. */
  relocation(index) {
    return this.place(this.value(DT.RELA)) + 24 * index;
  }
  /** The relocation that writes this address. */
  relocationOf(address) {
    for (let i = 0; i < this.value(DT.RELASZ) / 24; ++i) {
      if (this.number(this.relocation(i)) === address) return this.relocation(i);
    }
    return missing(`relocation of ${address}`);
  }
  /** File offset of symbol `index`: name u32, info u8, other u8, section u16, value u64, size u64. */
  symbol(index) {
    return this.place(this.value(DT.SYMTAB)) + 24 * index;
  }
}

function missing(what) {
  throw new Error(`the object has no ${what}`);
}
