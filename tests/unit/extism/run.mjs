// SPDX-License-Identifier: Apache-2.0
// Casts the guests of this folder and runs extism_test on them: node run.mjs [ARGUMENTS of extism_test]
import fs from "node:fs";
import path from "node:path";
import { ingotc, required, run } from "../../embed/tools.mjs";

const { INGOT_BIN: bin, INGOT_EXTISM_STORE: store, INGOT_TOOLCHAIN: toolchain } = required("INGOT_BIN", "INGOT_EXTISM_STORE", "INGOT_TOOLCHAIN");
const guests = path.join(import.meta.dirname, "guests");
fs.mkdirSync(store, { recursive: true });
const wat2wasm = [path.join(toolchain, "bin/wat2wasm"), path.join(toolchain, "wabt/bin/wat2wasm"), "wat2wasm"].find((name) => !name.includes("/") || fs.existsSync(name));
// What is younger than the compiler and its source is kept: casting takes longer than the tests.
const made = (file) => (fs.existsSync(file) ? fs.statSync(file).mtimeMs : 0);
for (const file of fs.readdirSync(guests).filter((name) => name.endsWith(".wat"))) {
  const source = path.join(guests, file), base = path.join(store, path.basename(file, ".wat"));
  if (made(`${base}.ingot`) > Math.max(made(source), made(ingotc()))) continue;
  run(wat2wasm, "--debug-names", source, "-o", `${base}.wasm`);
  const tier = file.endsWith(".release.wat") ? "release" : "dev";
  run(ingotc(), "build", `${base}.wasm`, "--contract", "extism", "--no-cache", "--target", "x86-64-v2", "-O", tier, "--unsigned", "-o", `${base}.ingot`);
}
const { status, signal } = run.raw(path.join(bin, "extism_test"), process.argv.slice(2), { stdio: "inherit", env: { ...process.env, INGOT_EXTISM_GUESTS: store } });
if (signal) throw new Error(`extism_test died of ${signal}`);
process.exit(status);
