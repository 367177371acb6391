// SPDX-License-Identifier: Apache-2.0
// Casts the guests of this folder, and plugins of unit/extism, and runs embed_test on them: node run.mjs [ARGUMENTS of embed_test]
import path from "node:path";
import fs from "node:fs";
import { cast, castAs, ingotc, required, run } from "./tools.mjs";

const { INGOT_BIN: bin, INGOT_EMBED_STORE: store } = required("INGOT_BIN", "INGOT_EMBED_STORE", "INGOT_TOOLCHAIN");
const guests = path.join(import.meta.dirname, "guests");
fs.mkdirSync(store, { recursive: true });
const key = path.join(store, "test");
if (!fs.existsSync(`${key}.key`)) run(ingotc(), "keygen", "-o", key);
const ofWasi = ["program.wat", "reactor.wat", "reactor_asks.wat"];
for (const file of fs.readdirSync(guests).filter((name) => name.endsWith(".wat"))) castAs(ofWasi.includes(file) ? "wasi" : "none", path.join(guests, file), store, "--key", `${key}.key`);
cast(path.join(guests, "one.wat"), path.join(store, "unsigned"), "--unsigned");
const plugins = path.join(import.meta.dirname, "../unit/extism/guests");
for (const name of ["tour", "program", "caller", "library"]) castAs("extism", path.join(plugins, `${name}.wat`), path.join(store, "plugins"), "--key", `${key}.key`);
const { status, signal } = run.raw(path.join(bin, "embed_test"), process.argv.slice(2), { stdio: "inherit", env: { ...process.env, INGOT_EMBED_GUESTS: store } });
if (signal) throw new Error(`embed_test died of ${signal}`);
process.exit(status);
