// SPDX-License-Identifier: Apache-2.0
// The counterpart of tests/tools/replay.cpp on Node's own engine. See there for the steps.
//   node replay.mjs MODULE.wasm SCRIPT.json
import fs from "node:fs";

const [wasmPath, scriptPath] = process.argv.slice(2);
const script = JSON.parse(fs.readFileSync(scriptPath, "utf8"));
const module = await WebAssembly.compile(fs.readFileSync(wasmPath));
const variables = new Map();
let memory;
const lines = [];
const print = (value) => lines.push(JSON.stringify(value));

// Node gives f32 and f64 as numbers; none of the scripts has any, so only i32 and i64 are told apart.
const show = (value) => (typeof value === "bigint" ? value.toString() : value | 0);
const bytesOf = () => new Uint8Array(memory.buffer);

const imports = {};
for (const { module: space, name, kind } of WebAssembly.Module.imports(module)) {
  if (kind !== "function") throw new Error(`import ${space}.${name} is not a function`);
  const stub = script.imports?.[`${space}.${name}`] ?? "zero";
  (imports[space] ??= {})[name] = (...args) => {
    if (stub === "record") print({ import: name, args: args.map(show) });
    if (stub === "memcpy") bytesOf().copyWithin(args[0] >>> 0, args[1] >>> 0, (args[1] >>> 0) + (args[2] >>> 0));
    return 0;
  };
}
const { exports } = await WebAssembly.instantiate(module, imports);
memory = Object.values(exports).find((item) => item instanceof WebAssembly.Memory);
exports._initialize?.();

const number = (value) => {
  if (value !== null && typeof value === "object") return (variables.get(value.var) >>> 0) + (value.add ?? 0);
  return typeof value === "string" ? BigInt(value) : value;
};

function fnv1a(bytes) {
  // 64-bit FNV-1a in two halves: a BigInt per byte would take minutes for 16 MiB.
  let high = 0xcbf29ce4, low = 0x84222325;
  for (let at = 0; at < bytes.length; at++) {
    low = (low ^ bytes[at]) >>> 0;
    // multiply by 0x00000100000001b3
    const lowLow = (low & 0xffff) * 0x1b3;
    const lowHigh = (low >>> 16) * 0x1b3 + (lowLow >>> 16);
    const carry = Math.floor(lowHigh / 0x10000);
    high = (Math.imul(high, 0x1b3) + carry + (low << 8)) >>> 0;
    low = (((lowHigh & 0xffff) << 16) | (lowLow & 0xffff)) >>> 0;
  }
  return ((BigInt(high) << 32n) | BigInt(low)).toString();
}

function run(step) {
  if (step.call !== undefined) {
    let result;
    try {
      result = exports[step.call](...(step.args ?? []).map(number));
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) return { trap: true };
      throw error;
    }
    if (step.save !== undefined) variables.set(step.save, result);
    return { call: step.call, results: result === undefined ? [] : [show(result)] };
  }
  if (step.global !== undefined) {
    const value = exports[step.global].value;
    if (step.save !== undefined) variables.set(step.save, value);
    return { global: step.global, value: value | 0 };
  }
  if (step.write !== undefined) {
    let data = step.hex !== undefined ? Buffer.from(step.hex, "hex") : Buffer.from(step.text, "utf8");
    if (step.zero) data = Buffer.concat([data, Buffer.from([0])]);
    bytesOf().set(data, number(step.write));
    return { wrote: data.length };
  }
  if (step.read !== undefined) {
    const at = number(step.read);
    return { read: Buffer.from(bytesOf().slice(at, at + number(step.len))).toString("hex") };
  }
  if (step.digest !== undefined) return { bytes: bytesOf().length, digest: fnv1a(bytesOf()) };
  throw new Error(`unknown step ${JSON.stringify(step)}`);
}

for (const step of script.steps) print(run(step));
fs.writeSync(1, lines.map((line) => line + "\n").join(""));
