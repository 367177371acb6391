// SPDX-License-Identifier: Apache-2.0
// Casts every guest of modules/hostile and runs them all in one process (runner.cpp).
//
//   node run.mjs dev|release
//
// The first lines of each guest say what it tries and what has to happen.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const here = import.meta.dirname;
const [tier] = process.argv.slice(2);
const { INGOT_BIN: bin, INGOT_HOSTILE_STORE: store, INGOT_TOOLCHAIN: toolchain } = process.env;
if (!["dev", "release"].includes(tier) || !bin || !store || !toolchain) throw new Error("usage: run.mjs dev|release, with INGOT_BIN, INGOT_HOSTILE_STORE and INGOT_TOOLCHAIN (ctest sets them)");
const atLeast = 30;

function run(program, ...options) {
  const result = spawnSync(program, options, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  if (result.error) throw result.error;
  return result;
}
function make(program, ...options) {
  const result = run(program, ...options);
  assert.equal(result.status, 0, `${path.basename(program)} ${options.join(" ")} ended with ${result.status ?? result.signal}: ${result.stderr}`);
}

const wat2wasm = [path.join(toolchain, "bin/wat2wasm"), "wat2wasm"].find((each) => !each.includes("/") || fs.existsSync(each));
const folder = path.join(store, tier);
fs.rmSync(folder, { recursive: true, force: true });
fs.mkdirSync(folder, { recursive: true });

function cast(wat) {
  const base = path.join(folder, path.basename(wat, ".wat"));
  make(wat2wasm, wat, "-o", `${base}.wasm`);
  make(path.join(bin, "ingotc"), "build", `${base}.wasm`, "--contract", "none", "--unsigned", "--no-cache", "--target", "x86-64-v2", "-O", tier, "-o", `${base}.ingot`);
  return `${base}.ingot`;
}

const guests = path.join(here, "../../modules/hostile");
const files = fs.readdirSync(guests).filter((file) => file.endsWith(".wat")).sort();
assert.ok(files.length >= atLeast, `${files.length} guests`);
const given = files.map((file) => {
  const expected = fs.readFileSync(path.join(guests, file), "utf8").match(/^;; expect: (.+)$/m)?.[1];
  assert.ok(expected, `${file} does not say what has to happen`);
  return `${path.basename(file, ".wat")}=${expected}=${cast(path.join(guests, file))}`;
});
const result = run(path.join(bin, "hostile_runner"), cast(path.join(here, "witness.wat")), ...given);
process.stdout.write(result.stdout);
process.stderr.write(result.stderr);
assert.equal(result.signal, null, "a guest brought the process down: the one behind the last line above");
process.exit(result.status);
