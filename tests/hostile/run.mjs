// SPDX-License-Identifier: Apache-2.0
// Casts every guest of modules/hostile and runs them all in one process (runner.cpp).
//
//   node run.mjs dev|release
//
// The first lines of each guest say what it tries and what has to happen:
//   ;; expect: OUTCOME     as runner.cpp knows them
// Those of modules/hostile/refused are cast twice: by ingotc, which has to refuse them, and without its policy (bypass/main.cpp), for the runtime to hold:
//   ;; build: WORDS        that ingotc's refusal holds
//   ;; bypassed: OUTCOME   (`;; bypassed in dev: OUTCOME` where the tiers differ)
//   ;; not held: WHY       instead of that, of one that would get through and is therefore not run; the table and its last line say so
//   ;; contract: eerp      as for ingotc, "none" when nothing is said; one for eerp gets a module.json
// "{{N: text}}" in a guest stands for N times that text, with the number of each in place of "#".

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const here = import.meta.dirname;
const [tier] = process.argv.slice(2);
const { INGOT_BIN: bin, INGOT_HOSTILE_STORE: store, INGOT_TOOLCHAIN: toolchain } = process.env;
if (!["dev", "release"].includes(tier) || !bin || !store || !toolchain) throw new Error("usage: run.mjs dev|release, with INGOT_BIN, INGOT_HOSTILE_STORE and INGOT_TOOLCHAIN (ctest sets them)");
const atLeast = { built: 60, refused: 30 };
const cannotBeCarried = 3;  // bypass/main.cpp

function run(program, ...options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, options, { stdio: ["ignore", "pipe", "pipe"] });
    const result = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"]) child[stream].setEncoding("utf8").on("data", (text) => (result[stream] += text));
    child.on("error", reject).on("close", (status, signal) => resolve({ ...result, status, signal }));
  });
}
async function make(program, ...options) {
  const result = await run(program, ...options);
  assert.equal(result.status, 0, `${path.basename(program)} ${options.join(" ")} ended with ${result.status ?? result.signal}: ${result.stderr}`);
}
/** What `work` gives for each, as many at a time as there are cores. */
async function together(items, work) {
  const results = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at]);
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, worker));
  return results;
}

// The other reader is in the tool and nowhere else.
const only_there = "the reader cannot step over what the policy refuses";
const holds = (program) => fs.readFileSync(path.join(bin, program)).includes(only_there);
assert.deepEqual(["hostile_bypass", "ingotc"].map(holds), [true, false], "which programs read without the policy");

const wat2wasm = [path.join(toolchain, "bin/wat2wasm"), "wat2wasm"].find((each) => !each.includes("/") || fs.existsSync(each));
const folder = path.join(store, tier);
fs.rmSync(folder, { recursive: true, force: true });
fs.mkdirSync(folder, { recursive: true });
const key = path.join(folder, "test");
await make(path.join(bin, "ingotc"), "keygen", "-o", key);

/** What a compiler takes for this guest: a module, or for a contract a folder with one. */
async function assemble(wat, contract, checks = ["--enable-all", "--no-check"]) {
  const name = path.basename(wat, ".wat");
  const base = path.join(folder, name);
  const text = fs.readFileSync(wat, "utf8").replace(/\{\{(\d+): (.*?)\}\}/g, (_, count, part) => Array.from({ length: Number(count) }, (_, number) => part.replaceAll("#", number)).join(" "));
  fs.writeFileSync(`${base}.wat`, text);
  let input = `${base}.wasm`;
  if (contract === "eerp") {
    fs.mkdirSync(base);
    fs.writeFileSync(path.join(base, "module.json"), JSON.stringify({ name, version: "1.0.0" }));
    input = path.join(base, "module.wasm");
  }
  await make(wat2wasm, ...checks, `${base}.wat`, "-o", input);
  return contract === "eerp" ? base : input;
}

async function build(input, contract) {
  const bundle = `${input.replace(/\.wasm$/, "")}.ingot`;
  const options = [input, "--contract", contract, "--key", `${key}.key`, "--no-cache", "--target", "x86-64-v2", "-O", tier, "-o", bundle];
  return { bundle, ...(await run(path.join(bin, "ingotc"), "build", ...options)) };
}
async function cast(wat) {
  const built = await build(await assemble(wat, "none", []), "none");
  assert.equal(built.status, 0, `${wat} cannot be cast: ${built.stderr}`);
  return built.bundle;
}

const guests = path.join(here, "../../modules/hostile");
const filesOf = (place) => fs.readdirSync(place).filter((file) => file.endsWith(".wat")).sort().map((file) => path.join(place, file));
const first = (text) => text.trim().split("\n")[0].replaceAll("\t", " ").replace(/^ingotc: /, "");
/** A line of the plan. bundle: to be run; said: why there is none. */
function attack(file, how, expected, { bundle = "", said = "" }) {
  assert.ok(expected, `${file} does not say what has to happen`);
  return [path.basename(file, ".wat"), tier, how, expected, bundle, said].join("\t");
}

const built = filesOf(guests);
const plan = await together(built, async (file) => {
  const says = fs.readFileSync(file, "utf8").match(/^;; expect: (.+)$/m)?.[1];
  return attack(file, "built", says, { bundle: await cast(file) });
});

const refused = filesOf(path.join(guests, "refused"));
plan.push(...(await together(refused, async (file) => {
  const text = fs.readFileSync(file, "utf8");
  const says = (word) => text.match(new RegExp(`^;; ${word}: (.+)$`, "m"))?.[1];
  const contract = says("contract") ?? "none";
  const input = await assemble(file, contract);
  const strict = await build(input, contract);
  // Not built, and for a reason: neither a crash nor a bundle.
  const refusal = strict.status === 0 || strict.signal ? `ingotc ended with ${strict.status ?? strict.signal}` : first(strict.stderr);
  const refusing = attack(file, "refused", says("build"), { said: refusal });
  const gap = says("not held");
  if (gap) return [refusing, attack(file, "not held", gap, { said: gap })];
  const bundle = `${input.replace(/\.wasm$/, "")}.bypassed.ingot`;
  const carried = await run(path.join(bin, "hostile_bypass"), input, bundle, "--tier", tier, "--contract", contract, "--key", `${key}.key`);
  assert.ok([0, cannotBeCarried].includes(carried.status), `hostile_bypass ended with ${carried.status ?? carried.signal} on ${file}: ${carried.stderr}`);
  const outcome = carried.status === 0 ? { bundle } : { said: first(carried.stdout) };
  return [refusing, attack(file, "bypassed", says(`bypassed in ${tier}`) ?? says("bypassed"), outcome)];
})).flat());
assert.ok(built.length >= atLeast.built && refused.length >= atLeast.refused, `${built.length} and ${refused.length} guests`);

const planned = path.join(folder, "plan");
fs.writeFileSync(planned, `${plan.join("\n")}\n`);
const result = await run(path.join(bin, "hostile_runner"), `${key}.pub`, await cast(path.join(here, "witness.wat")), planned);
process.stdout.write(result.stdout);
process.stderr.write(result.stderr);
assert.equal(result.signal, null, "a guest brought the process down: the one behind the last line above");
process.exit(result.status);
