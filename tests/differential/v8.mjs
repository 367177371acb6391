// SPDX-License-Identifier: Apache-2.0
// What runner.cpp does with a bundle, done with the module by V8; the same lines.

// A function of JavaScript cannot take a vector: one of WebAssembly takes it apart.
//   (module (import "l" "l" (func $l (param i64 i64))) (func (export "v") (param v128) (call $l (i64x2.extract_lane 0 (local.get 0)) (i64x2.extract_lane 1 (local.get 0)))))
const splitter = new WebAssembly.Module(Buffer.from(
  "0061736d0100000001" + "0a0260027e7e0060017b00" + "0207" + "01016c016c0000" + "030201" + "01" + "0705" + "0101760001" + "0a10" + "010e00" + "2000fd1d00" + "2000fd1d01" + "10000b", "hex"));

const buffer = new DataView(new ArrayBuffer(8));
const bits = {
  i32: (value) => (value >>> 0).toString(16),
  i64: (value) => BigInt.asUintN(64, value).toString(16),
  f32: (value) => (Number.isNaN(value) ? "nan" : (buffer.setFloat32(0, value), buffer.getUint32(0).toString(16))),
  f64: (value) => (Number.isNaN(value) ? "nan" : (buffer.setFloat64(0, value), buffer.getBigUint64(0).toString(16))),
};

const traps = [
  [/unreachable/, "unreachable"],
  [/divide by zero|remainder by zero/, "divide_by_zero"],
  [/divide result unrepresentable/, "integer_overflow"],
  [/float unrepresentable/, "conversion"],
  [/null function or function signature mismatch|table index is out of bounds|function signature/, "call_indirect"],
  [/out of bounds/, "out_of_bounds"],
  [/call stack/, "stack_exhausted"],
];
export function trapOf(error) {
  if (!(error instanceof WebAssembly.RuntimeError) && !(error instanceof RangeError)) throw error;
  return traps.find(([pattern]) => pattern.test(error.message))?.[1] ?? `unknown: ${error.message}`;
}

export function numbers(seed) {
  let state = (seed | 1) >>> 0;
  return () => {
    state = (state ^ (state << 13)) >>> 0;
    state = (state ^ (state >>> 17)) >>> 0;
    state = (state ^ (state << 5)) >>> 0;
    return state;
  };
}

/** The numbers of one function type: {params, results} with names of types. */
const argumentOf = {
  i32: (number) => number | 0,
  i64: (number) => BigInt(number | 0),
  f32: (number) => Math.fround(Math.fround(number | 0) / 64),
  f64: (number) => (number | 0) / 64,
};

/** `types` maps an exported function's name to its type (types.mjs). The lines, without "end". */
export function runInV8(bytes, types, seed) {
  const lines = [];
  const module = new WebAssembly.Module(bytes);
  const support = {};
  for (const type of ["i32", "i64", "f32", "f64"]) support[`log-${type}`] = (value) => lines.push(`log ${type}:${bits[type](value)}`);
  support["log-v128"] = new WebAssembly.Instance(splitter, { l: { l: (low, high) => lines.push(`log v128:${bits.i64(low)},${bits.i64(high)}`) } }).exports.v;
  let instance;
  try {
    instance = new WebAssembly.Instance(module, { "fuzzing-support": support });
  } catch (error) {
    return [`start trap ${trapOf(error)}`];
  }
  const next = numbers(seed);
  for (const [name, item] of Object.entries(instance.exports)) {
    if (typeof item !== "function" || name === "hangLimitInitializer") continue;
    const { params, results } = types.get(name);
    if (![...params, ...results].every((type) => type in bits)) continue;
    instance.exports.hangLimitInitializer?.();
    const given = params.map((type) => argumentOf[type](next()));
    try {
      const result = item(...given);
      const values = results.length === 0 ? [] : results.length === 1 ? [result] : result;
      lines.push([name, ...values.map((value, at) => `${results[at]}:${bits[results[at]](value)}`)].join(" "));
    } catch (error) {
      lines.push(`${name} trap ${trapOf(error)}`);
    }
  }
  for (const item of Object.values(instance.exports)) {
    if (!(item instanceof WebAssembly.Memory)) continue;
    lines.push(`memory ${item.buffer.byteLength.toString(16)} ${fnv(new Uint8Array(item.buffer))}`);
  }
  return lines;
}

/** FNV-1a of 64 bits, in four numbers of 16 bits: a BigInt for each byte would take seconds. */
function fnv(memory) {
  let a = 0x2325, b = 0x8422, c = 0x9ce4, d = 0xcbf2;  // 0xcbf29ce484222325, lowest first
  for (const byte of memory) {
    a ^= byte;
    // times 0x100000001b3: 0x1b3, and the lowest two numbers again 40 bits higher
    const p0 = a * 0x1b3, p1 = b * 0x1b3, p2 = c * 0x1b3 + ((a & 0xff) << 8), p3 = d * 0x1b3 + ((b << 8) | (a >>> 8));
    a = p0 & 0xffff;
    const q1 = p1 + (p0 >>> 16);
    b = q1 & 0xffff;
    const q2 = p2 + (q1 >>> 16);
    c = q2 & 0xffff;
    d = (p3 + Math.floor(q2 / 65536)) & 0xffff;
  }
  return ((BigInt(d) << 48n) | (BigInt(c) << 32n) | (BigInt(b) << 16n) | BigInt(a)).toString(16);
}
