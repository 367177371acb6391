// SPDX-License-Identifier: Apache-2.0
// Modules that binaryen's generator makes from random bytes, cast by ingotc and called, against V8 and wabt's interpreter: results, traps, the calls out to the
// host, and every byte of memory at the end.
//
//   run.mjs [COUNT] [--seed N] [--only INDEX] [--plant NAME] [--jobs N]
//
// The same seed makes the same modules with the same wasm-opt. Every second module has vectors, every eighth is cast at the release tier, the interpreter (which
// prints floating-point numbers too short to compare) is asked about every fourth. --plant changes an instruction between the generator and ingotc, which is what a
// miscompilation would do: then a difference must be found, and the exit code says whether it was. Modules worth a look are kept in build/differential.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { typesOf } from "./types.mjs";
import { numbers, runInV8 } from "./v8.mjs";

/** Planted miscompilations: an instruction of the text and what it becomes. */
const plants = {
  "signed-compare": ["i32.lt_s", "i32.lt_u"],
  "subtract": ["i32.add", "i32.sub"],
  "narrow-load": ["i32.load8_s", "i32.load8_u"],
  "sign-extension": ["i32.extend16_s", "i32.extend8_s"],
  "saturation": ["i32.trunc_sat_f64_s", "i32.trunc_sat_f64_u"],
  "lane": ["i8x16.extract_lane_s", "i8x16.extract_lane_u"],
};

const options = { count: 10_000, seed: 1, jobs: os.availableParallelism(), only: null, plant: null };
const words = process.argv.slice(2);
while (words.length > 0) {
  const word = words.shift();
  if (/^\d+$/.test(word)) options.count = Number(word);
  else if (["--seed", "--only", "--jobs"].includes(word)) options[word.slice(2)] = Number(words.shift());
  else if (word === "--plant" && words[0] in plants) options.plant = words.shift();
  else {
    console.error(`unknown: ${word}\nusage: run.mjs [COUNT] [--seed N] [--only INDEX] [--jobs N] [--plant ${Object.keys(plants).join("|")}]`);
    process.exit(2);
  }
}
const { INGOT_BIN: bin, INGOT_DIFFERENTIAL_STORE: store, INGOT_TOOLCHAIN: toolchain } = process.env;
for (const name of ["INGOT_BIN", "INGOT_DIFFERENTIAL_STORE", "INGOT_TOOLCHAIN"]) assert.ok(process.env[name], `${name} is not set (scripts/differential and ctest set it)`);
const kept = path.join(store, "cases");
const work = fs.mkdtempSync(path.join(fs.existsSync("/dev/shm") ? "/dev/shm" : os.tmpdir(), "ingot-differential-"));
process.on("exit", () => fs.rmSync(work, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));
fs.rmSync(kept, { recursive: true, force: true });
fs.mkdirSync(kept, { recursive: true });

const ours = ["wat2wasm", "wasm2wat", "wasm-interp"].map((name) => [name, path.join(toolchain, "bin", name)]);
const tool = Object.fromEntries(ours.map(([name, file]) => [name, fs.existsSync(file) ? file : name]));
const level = /\bavx2\b/.test(fs.readFileSync("/proc/cpuinfo", "utf8")) ? "x86-64-v3" : "x86-64-v2";

function run(program, args, input = "") {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    const out = [], err = [];
    child.on("error", reject);
    child.stdout.on("data", (chunk) => out.push(chunk));
    child.stderr.on("data", (chunk) => err.push(chunk));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    child.on("close", (status, signal) => resolve({ status: status ?? signal, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }));
  });
}
async function must(program, args, input) {
  const result = await run(program, args, input);
  assert.equal(result.status, 0, `${path.basename(program)} ${args.join(" ")} ended with ${result.status}: ${result.stderr}`);
  return result.stdout;
}

const features = ["--disable-gc", "--enable-bulk-memory", "--enable-nontrapping-float-to-int", "--enable-sign-ext", "--enable-mutable-globals", "--enable-multivalue"];

async function generate(index) {
  const next = numbers(Math.imul(options.seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  for (let turn = 0; turn < 8; ++turn) next();
  const bytes = Buffer.alloc(400 + (next() % 5600));
  for (let at = 0; at < bytes.length; ++at) bytes[at] = next() >>> 16;
  const base = path.join(work, String(index));
  fs.writeFileSync(`${base}.bin`, bytes);
  // --denan: a NaN's bits are nobody's promise, so none may reach a comparison of bits. It knows scalars only.
  await must("wasm-opt", [`${base}.bin`, "--translate-to-fuzz", "--denan", ...features, ...(index % 2 === 1 ? ["--enable-simd"] : []), "-o", `${base}.wasm`]);
  if (index % 2 === 1) await withoutVectorNans(base);
  return base;
}

/** Vector instructions whose result may be a NaN with bits of the engine's choosing (specification 4.3.3, "NaN propagation"): V8 and we differ in a sign, both rightly. */
const makesNans = /^\s*(f32x4|f64x2)\.(?:sqrt|add|sub|mul|div|min|max|ceil|floor|trunc|nearest|demote_f64x2_zero|promote_low_f32x4)$/;

/** Zeros for NaNs after each of them, by a function at the module's end. */
async function withoutVectorNans(base) {
  const lines = (await must(tool["wasm2wat"], [`${base}.wasm`])).trimEnd().split("\n");
  if (!lines.some((line) => makesNans.test(line))) return;
  const functions = Math.max(...lines.map((line) => Number(/\(func \(;(\d+);\)/.exec(line)?.[1] ?? -1))) + 1;
  const changed = lines.flatMap((line) => {
    const shape = makesNans.exec(line)?.[1];
    return shape ? [line, `call ${functions + (shape === "f32x4" ? 0 : 1)}`] : [line];
  });
  const last = changed.length - 1;
  assert.ok(changed[last].endsWith(")"));
  changed[last] = changed[last].slice(0, -1);
  for (const shape of ["f32x4", "f64x2"]) changed.push(`(func (param v128) (result v128) local.get 0 v128.const i32x4 0 0 0 0 local.get 0 local.get 0 ${shape}.eq v128.bitselect)`);
  fs.writeFileSync(`${base}.wat`, `${changed.join("\n")}\n)`);
  await must(tool["wat2wasm"], [`${base}.wat`, "-o", `${base}.wasm`]);
}

async function plant(base) {
  const [from, to] = plants[options.plant];
  const text = await must(tool["wasm2wat"], [`${base}.wasm`]);
  const changed = text.replaceAll(new RegExp(`\\b${from.replace(".", "\\.")}\\b(?!_)`, "g"), to);
  if (changed === text) return null;
  fs.writeFileSync(`${base}.planted.wat`, changed);
  await must(tool["wat2wasm"], [`${base}.planted.wat`, "-o", `${base}.planted.wasm`]);
  return `${base}.planted.wasm`;
}

/** What wabt's interpreter says of the functions without parameters, in our words; floating-point numbers are "?". */
const interpreterTraps = [[/unreachable executed/, "unreachable"], [/integer divide by zero/, "divide_by_zero"], [/integer overflow/, "conversion"], [/invalid conversion/, "conversion"],
  [/undefined table index|uninitialized table element|indirect call signature mismatch/, "call_indirect"], [/out of bounds/, "out_of_bounds"], [/call stack exhausted/, "stack_exhausted"]];
async function interpret(base) {
  const { stdout } = await run(tool["wasm-interp"], ["--run-all-exports", "--dummy-import-func", `${base}.wasm`]);
  const value = (text) => {
    const [, type, rest] = /^(\w+):(.*)$/.exec(text) ?? [];
    return type === "i32" || type === "i64" ? `${type}:${BigInt(rest).toString(16)}` : `${type}:?`;
  };
  return stdout.trimEnd().split("\n").filter(Boolean).map((line) => {
    const host = /^called host fuzzing-support\.log-\w+\((.*)\) =>/.exec(line);
    if (host) return `log ${value(host[1])}`;
    const call = /^(.*?)\(.*?\) =>\s*(.*)$/.exec(line);
    if (!call) return line;
    const [, name, result] = call;
    if (result.startsWith("error:")) return `${name} trap ${interpreterTraps.find(([pattern]) => pattern.test(result))?.[1] ?? result}`;
    return [name, ...(result === "" ? [] : result.split(", ").map(value))].join(" ");
  });
}

const sameTrap = (line) => line.replace(/ trap (integer_overflow|invalid_conversion)$/, " trap conversion");
const withoutFloats = (line) => line.replace(/ (f32|f64|v128):\S+/g, " $1:?");

const totals = { modules: 0, with_vectors: 0, release: 0, calls: 0, returned: 0, traps: 0, logged: 0, modules_that_return: 0, interpreted: 0, stack_depth: 0, refused: 0, not_planted: 0 };
const differences = [];

function keep(index, base, what, detail) {
  differences.push(`module ${index}: ${what}`);
  for (const end of [".wasm", ".planted.wasm"]) if (fs.existsSync(base + end)) fs.copyFileSync(base + end, path.join(kept, `${index}${end}`));
  fs.writeFileSync(path.join(kept, `${index}.txt`), `${what}\n${detail}\n`);
  console.log(`module ${index}: ${what}\n${detail.split("\n").slice(0, 8).join("\n")}`);
}

function compare(index, base, what, actual, expected) {
  if ([...actual, ...expected].some((line) => line.endsWith("stack_exhausted"))) {
    totals.stack_depth += 1;  // how deep a stack goes is everybody's own business, and so is what is left behind
    return false;
  }
  const at = expected.findIndex((line, place) => line !== actual[place]);
  if (at < 0 && actual.length === expected.length) return true;
  const place = at < 0 ? expected.length : at;
  keep(index, base, `${what}, line ${place + 1}`, `expected ${expected[place]}\ngot      ${actual[place]}`);
  return false;
}

async function examine(batch) {
  const built = [];
  for (const index of batch) {
    const base = await generate(index);
    const wasm = options.plant ? await plant(base) : `${base}.wasm`;
    if (!wasm) {
      totals.not_planted += 1;
      continue;
    }
    const tier = index % 8 === 7 ? "release" : "dev";
    const cast = await run(path.join(bin, "ingotc"), ["build", wasm, "--contract", "none", "--unsigned", "--cache-dir", path.join(work, "cache"), "--target", level, "-O", tier, "--jobs", "1", "-o", `${base}.ingot`]);
    totals.modules += 1;
    totals.with_vectors += index % 2;
    totals.release += tier === "release" ? 1 : 0;
    if (cast.status !== 0) {
      totals.refused += 1;
      keep(index, base, `ingotc ended with ${cast.status}`, cast.stderr);
      continue;
    }
    built.push({ index, base });
  }
  for (const plain of [false, true]) {
    const asked = built.filter(({ index }) => !plain || index % 4 === 0);
    const result = await run(path.join(bin, "differential_runner"), [], asked.map(({ index, base }) => `${base}.ingot\t${plain ? "plain" : index}\n`).join(""));
    const answers = result.stdout.split(/^end\n/m);
    for (const [place, { index, base }] of asked.entries()) {
      if (place >= answers.length - 1) {
        keep(index, base, `the runner ended with ${result.status}`, result.stderr);
        break;
      }
      const lines = answers[place].trimEnd().split("\n").map(sameTrap);
      if (plain) {
        if (options.plant) continue;
        totals.interpreted += 1;
        compare(index, base, "differs from wabt's interpreter", lines.filter((line) => !line.startsWith("memory ")).map(withoutFloats), await interpret(base));
        continue;
      }
      const bytes = fs.readFileSync(`${base}.wasm`);
      const expected = runInV8(bytes, typesOf(bytes), index).map(sameTrap);
      const calls = expected.filter((line) => !/^(log|memory) /.test(line));
      const traps = calls.filter((line) => / trap \w+$/.test(line)).length;
      totals.calls += calls.length;
      totals.traps += traps;
      totals.returned += calls.length - traps;
      totals.logged += expected.length - calls.length - 1;
      totals.modules_that_return += calls.length > traps ? 1 : 0;
      compare(index, base, "differs from V8", lines, expected);
    }
  }
  for (const index of batch) for (const file of fs.readdirSync(work).filter((name) => name.startsWith(`${index}.`))) fs.rmSync(path.join(work, file));
}

const indices = options.only === null ? Array.from({ length: options.count }, (_, index) => index) : [options.only];
const batches = [];
while (indices.length > 0) batches.push(indices.splice(0, 20));
const all = batches.length;
const began = performance.now();
await Promise.all(Array.from({ length: options.jobs }, async () => {
  while (batches.length > 0 && differences.length < 20 && !(options.plant && differences.length > 0)) {
    await examine(batches.shift());
    if (process.stderr.isTTY || (all - batches.length) % 10 === 0) console.error(`${totals.modules} modules, ${differences.length} differences, ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
}));
console.log(JSON.stringify(totals, null, 1));
const share = totals.modules_that_return / totals.modules;
console.log(`${(100 * share).toFixed(1)} % of the modules return values; ${totals.returned} calls returned, ${totals.traps} trapped; ${((performance.now() - began) / 1000).toFixed(0)} s`);
if (options.plant) {
  console.log(differences.length > 0 ? `found: ${differences[0]}` : `NOT FOUND: ${options.plant}`);
  process.exit(differences.length > 0 ? 0 : 1);
}
if (options.only === null) assert.ok(share >= 0.8, "too few modules return anything for this to be worth much");
console.log(`${totals.modules - differences.length} passed, ${differences.length} failed`);
process.exit(differences.length === 0 ? 0 : 1);
