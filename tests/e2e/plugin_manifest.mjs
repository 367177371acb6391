// SPDX-License-Identifier: Apache-2.0
// A plugin of several modules: its manifest is cast by ingotc and called by ingot, in JSON and in TOML; what was not cast, is another module, or is said wrongly is refused by name.
import { spawnSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { assert, runAll, test } from "./lib/check.mjs";
import { bin, temporaryFolder } from "./lib/server.mjs";

const guests = path.join(import.meta.dirname, "../unit/extism/guests");
const folder = temporaryFolder();
process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
const environment = { ...process.env, XDG_CONFIG_HOME: path.join(folder, "config"), NO_COLOR: "1" };
const run = (program, ...args) => spawnSync(path.join(bin, program), args, { env: environment });
const call = (...args) => run("ingot", "call", ...args);
const at = (...names) => path.join(folder, ...names);
const write = (name, value) => fs.writeFileSync(at(name), typeof value === "string" ? value : JSON.stringify(value));

const toolchain = process.env.INGOT_TOOLCHAIN ?? "";
const wat2wasm = [path.join(toolchain, "bin/wat2wasm"), path.join(toolchain, "wabt/bin/wat2wasm")].find((name) => fs.existsSync(name)) ?? "wat2wasm";
for (const name of ["library", "caller", "program"]) assert.equal(spawnSync(wat2wasm, [path.join(guests, `${name}.wat`), "-o", at(`${name}.wasm`)]).status, 0);
const digest = (name) => crypto.createHash("sha256").update(fs.readFileSync(at(name))).digest("hex");

/** A number as plugins give it. */
function numberOf(result) {
  assert.equal(result.status, 0, String(result.stderr));
  assert.equal(result.stdout.length, 8);
  return Number(result.stdout.readBigUInt64LE());
}
function refused(result, pattern) {
  assert.notEqual(result.status, 0);
  assert.match(String(result.stderr), pattern);
}
function build(manifest, into) {
  return run("ingotc", "build", at(manifest), "-o", at(into), "-O", "dev", "--target", "x86-64-v2");
}

test("a manifest in JSON is cast whole and called", () => {
  write("plugin.json", {
    wasm: [{ path: "library.wasm", name: "library", hash: digest("library.wasm") }, { data: fs.readFileSync(at("caller.wasm")).toString("base64"), name: "main" }],
    timeout_ms: 10000,
  });
  const made = build("plugin.json", "cast");
  assert.equal(made.status, 0, String(made.stderr));
  const written = JSON.parse(fs.readFileSync(at("cast/plugin.json")));
  assert.deepEqual(written.wasm.map(({ name, path: file, data }) => [name, path.extname(file), data]), [["library", ".ingot", undefined], ["main", ".ingot", undefined]]);
  assert.equal(written.wasm[0].hash, digest("library.wasm"));
  assert.equal(written.timeout_ms, 10000);
  assert.deepEqual(fs.readdirSync(at("cast")).filter((name) => name.endsWith(".wasm")), []);
  assert.equal(numberOf(call(at("cast/plugin.json"), "next")), 101);
});

test("and one in TOML, with what it grants", () => {
  write("tool.toml", `allowed_paths = { "ro:${folder}" = "/data" }\n[[wasm]]\npath = "program.wasm"\n`);
  assert.equal(build("tool.toml", "cast").status, 0);
  refused(call(at("cast/tool.json"), "directory"), /WASI was not granted/);
  assert.equal(numberOf(call(at("cast/tool.json"), "directory", "--wasi")), 0);
  write("cast/bare.json", { wasm: [{ path: "module-0.ingot" }] });
  assert.equal(numberOf(call(at("cast/bare.json"), "directory", "--wasi")), 8);
});

test("what the manifest allows, and the command line beyond it", () => {
  write("cast/slow.json", { wasm: [{ path: "module-0.ingot" }], timeout_ms: 50 });
  const printed = (...args) => {
    // What it prints without end goes to the error stream.
    const ended = spawnSync(path.join(bin, "ingot"), ["call", "--json", at("cast/slow.json"), "print", "--wasi", ...args], { env: environment, stdio: ["ignore", "pipe", "ignore"] });
    assert.equal(ended.status, 1);
    return JSON.parse(ended.stdout).error;
  };
  assert.equal(printed(), "timeout");
  const began = Date.now();
  assert.equal(printed("--timeout", "500"), "timeout");
  assert.ok(Date.now() - began >= 500);
});

test("ingot runs bundles and says how to make them", () => {
  refused(call(at("plugin.json"), "next"), /library\.wasm is a WebAssembly module, and only bundles run here: cast the plugin with `ingotc build .*plugin\.json -o FOLDER`/);
  write("far.json", { wasm: [{ url: "https://example.com/a.wasm" }] });
  refused(call(at("far.json"), "next"), /is at a URL/);
  refused(build("far.json", "cast"), /is at a URL: fetch/);
});

test("another module than the hash says is refused by both", () => {
  write("cast/other.json", { wasm: [{ path: "1-main.ingot", hash: digest("library.wasm") }] });
  refused(call(at("cast/other.json"), "next"), /Hash mismatch/);
  write("other.json", { wasm: [{ path: "caller.wasm", hash: digest("library.wasm") }] });
  refused(build("other.json", "cast"), /Hash mismatch/);
});

test("what is said wrongly is refused by name, before anything is made", () => {
  write("wrong.json", { wasm: [{ path: "caller.wasm" }], allowed_host: [] });
  refused(build("wrong.json", "never"), /allowed_host is unknown/);
  refused(call(at("wrong.json"), "next"), /allowed_host is unknown/);
  refused(run("ingotc", "build", at("plugin.json")), /name it with -o/);
  assert.equal(fs.existsSync(at("never")), false);
});

test("flags for plugins are no other module's, and numbers are no plugin's", () => {
  refused(call(at("cast/0-library.ingot"), "next", "1"), /takes no numbers/);
  assert.equal(run("ingotc", "build", at("library.wasm"), "-o", at("plain.ingot"), "--contract", "none", "-O", "dev", "--target", "x86-64-v2").status, 0);
  refused(call(at("plain.ingot"), "next", "--wasi"), /is no Extism plugin/);
});

await runAll();
