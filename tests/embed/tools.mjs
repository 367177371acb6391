// SPDX-License-Identifier: Apache-2.0
// Running programs, and casting a guest written as text.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

/** The environment's variables of these names; each must be there. */
export function required(...names) {
  for (const name of names) assert.ok(process.env[name], `${name} is not set (ctest sets it)`);
  return process.env;
}

/** Runs a program that must succeed; its standard output. */
export function run(program, ...options) {
  const result = run.raw(program, options, { encoding: "utf8" });
  assert.equal(result.status, 0, `${path.basename(program)} ${options.join(" ")} ended with ${result.status ?? result.signal}: ${result.stderr}${result.stdout}`);
  return result.stdout;
}
run.raw = (program, options, settings) => {
  const result = spawnSync(program, options, settings);
  if (result.error) throw result.error;
  return result;
};

/** Of this build, or of another one that is quicker to make (INGOT_CASTER). */
export const ingotc = () => path.join(process.env.INGOT_CASTER ?? process.env.INGOT_BIN, "ingotc");

/** NAME.wat to FOLDER/NAME.ingot, by ingotc's dev tier; the bundle's path. */
export function cast(wat, folder, ...options) {
  return castAs("none", wat, folder, ...options);
}
/** The same under a contract. */
export function castAs(contract, wat, folder, ...options) {
  const { INGOT_TOOLCHAIN } = process.env;
  fs.mkdirSync(folder, { recursive: true });
  const base = path.join(folder, path.basename(wat, ".wat"));
  const own = path.join(INGOT_TOOLCHAIN, "bin/wat2wasm");
  run(fs.existsSync(own) ? own : "wat2wasm", "--debug-names", wat, "-o", `${base}.wasm`);
  run(ingotc(), "build", `${base}.wasm`, "--contract", contract, "--no-cache", "--target", "x86-64-v2", "-O", "dev", "-o", `${base}.ingot`, ...options);
  return `${base}.ingot`;
}
