// SPDX-License-Identifier: Apache-2.0
// The types of a module's exported functions, read from its binary form (core specification 2.0, section 5.5); V8 does not tell them.
const names = new Map([[0x7f, "i32"], [0x7e, "i64"], [0x7d, "f32"], [0x7c, "f64"], [0x7b, "v128"], [0x70, "funcref"], [0x6f, "externref"]]);

export function typesOf(bytes) {
  let at = 8;
  const byte = () => bytes[at++];
  const u32 = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const part = byte();
      value += (part & 0x7f) * 2 ** shift;
      if (part < 0x80) return value;
    }
  };
  const name = () => {
    const length = u32();
    at += length;
    return Buffer.from(bytes.subarray(at - length, at)).toString("utf8");
  };
  const list = (item) => Array.from({ length: u32() }, item);
  const limits = () => {
    if (byte() & 1) u32();
    u32();
  };
  const types = [], functions = [], result = new Map();
  while (at < bytes.length) {
    const section = byte(), size = u32(), end = at + size;
    if (section === 1) list(() => (byte(), types.push({ params: list(() => names.get(byte())), results: list(() => names.get(byte())) })));
    if (section === 2) {
      list(() => {
        name();
        name();
        const kind = byte();
        if (kind === 0) functions.push(u32());
        else if (kind === 1) byte(), limits();
        else if (kind === 2) limits();
        else byte(), byte();
      });
    }
    if (section === 3) list(() => functions.push(u32()));
    if (section === 7) {
      list(() => {
        const exported = name(), kind = byte(), index = u32();
        if (kind === 0) result.set(exported, types[functions[index]]);
      });
    }
    at = end;
  }
  return result;
}
