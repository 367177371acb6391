// SPDX-License-Identifier: Apache-2.0
// The same module and tools give the same bytes, whatever folder, temporary folder, locale, time zone, umask, home, day, name of the user and
// number of compilers at a time; and a build that ends early leaves nothing behind. The cache is off (lib/server.mjs): everything is compiled.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { assert, runAll, test } from "./lib/check.mjs";
import { bin, guestSources, temporaryFolder } from "./lib/server.mjs";
import { wrapTools } from "./lib/tools.mjs";

const folder = temporaryFolder();
const ingotc = path.join(bin, "ingotc");
const wasm = fs.readFileSync(path.join(guestSources, "echo_packed", "echo_packed.wasm"));
const quick = ["-O", "dev", "--target", "x86-64-v2"];
const everything = ["-O", "release", "--target", "x86-64-v2", "--target", "x86-64-v3"];

function build(name, options = [], environment = {}, { module = wasm, tier = quick, umask = "022", prefix = [] } = {}) {
  const place = path.join(folder, name);
  const tmp = path.join(place, "tmp");
  fs.mkdirSync(tmp, { recursive: true });
  fs.writeFileSync(path.join(place, "guest.wasm"), module);
  const env = { ...process.env, TMPDIR: tmp, ...environment };
  delete env.SOURCE_DATE_EPOCH;
  const command = ["sh", "-c", `umask ${umask}; exec "$@"`, "sh", ...prefix, ingotc, "build", "guest.wasm", "--no-cache", "--unsigned", ...tier, "-o", "out.ingot", ...options];
  const result = spawnSync(command[0], command.slice(1), { cwd: place, env, encoding: "utf8" });
  assert.equal(result.status, 0, result.stderr);
  assert.deepEqual(fs.readdirSync(tmp), [], "the temporary folder is gone");
  return fs.readFileSync(path.join(place, "out.ingot"));
}

const has_faketime = spawnSync("faketime", ["--version"]).error === undefined;

/** Builds in two ways that share nothing but the module and the tools; both must be this one file, which is returned. */
function sameEverywhere(name, settings) {
  const home = path.join(folder, `${name} home`);
  fs.mkdirSync(home);
  // The locale counts for what reads LC_ALL by itself, also where it is not installed: then the C library falls back to "C".
  const strange = { LC_ALL: "de_DE.UTF-8", LANG: "tr_TR.UTF-8", TZ: "Pacific/Kiritimati", USER: "somebody", LOGNAME: "somebody", HOME: home,
                    XDG_CACHE_HOME: path.join(home, "cache") };
  const first = build(`${name}-a`, ["--jobs", "1"], {}, settings);
  const other = build(`${name} in another, longer folder`, ["--jobs", "2"], strange, { ...settings, umask: "077" });
  assert.ok(first.equals(other), `${name}: another place`);
  if (has_faketime) {
    const later = build(`${name}-later`, [], { TZ: "America/St_Johns" }, { ...settings, umask: "000", prefix: ["faketime", "2031-01-02 03:04:05"] });
    assert.ok(first.equals(later), `${name}: another day`);
  } else {
    console.log("SKIPPED: another day (faketime is not installed)");
  }
  return first;
}

test("two builds anywhere, any time, by any number of compilers are the same file", () => {
  sameEverywhere("quick", {});
});

/** The newest program of this name: NAME-40 ... NAME-19, or in LLVM's own folder. */
function llvm(name) {
  for (let version = 40; version >= 19; --version) {
    const own = `/usr/lib/llvm-${version}/bin/${name}`;
    if (fs.existsSync(own)) return own;
    if (spawnSync(`${name}-${version}`, ["--version"]).status === 0) return `${name}-${version}`;
  }
  throw new Error(`no ${name}; scripts/setup installs it`);
}

/** A guest of this C file, compiled by clang for WebAssembly. */
function compileGuest(source, flags) {
  const output = path.join(folder, `${path.basename(path.dirname(source))}.wasm`);
  const headers = fileURLToPath(new URL("../../abi/include", import.meta.url));
  for (const [program, words] of [[llvm("clang"), ["--target=wasm32", "-O1", ...flags, "-ffreestanding", "-I", headers, "-c", path.basename(source), "-o", `${output}.o`]],
                                  [llvm("wasm-ld"), ["--no-entry", `${output}.o`, "-o", output]]]) {
    const result = spawnSync(program, words, { cwd: path.dirname(source), encoding: "utf8" });
    assert.equal(result.status, 0, result.stderr);
  }
  return fs.readFileSync(output);
}
const beside = (name) => fileURLToPath(new URL(name, import.meta.url));

test("a guest with debug information, optimised, for two targets in one bundle", () => {
  const module = compileGuest(beside("debugging/guest.c"), ["-g"]);
  assert.ok(module.includes(".debug_line"));
  sameEverywhere("dwarf", { module, tier: everything });
  sameEverywhere("debug", { module, tier: ["--debug", "--target", "x86-64-v2"] });
});

test("a guest with vectors and data, optimised, for two targets in one bundle", () => {
  const module = compileGuest(beside("reproducible/guest.c"), ["-msimd128"]);
  const bundle = sameEverywhere("vectors", { module, tier: everything });
  const { provenance } = JSON.parse(spawnSync(ingotc, ["inspect", "--json", path.join(folder, "vectors-a", "out.ingot")], { encoding: "utf8", maxBuffer: 1 << 28 }).stdout);
  assert.ok(provenance.tools.some(({ name }) => name === "simde"), "its vector instructions went through simde");
  assert.ok(bundle.includes("reproducible to the byte"), "its data is in the bundle");
});

// A child of ingotc's has an empty environment and so sees the real clock. Here each tool is a script, the same in both builds, that reads
// from a file what day it is to be.
test("the tools, too, may be run on another day", () => {
  const found = spawnSync("faketime", ["2031-01-02 03:04:05", "sh", "-c", 'echo "$LD_PRELOAD"'], { encoding: "utf8" });
  if (found.error) return console.log("SKIPPED: tools on another day (faketime is not installed)");
  const day = path.join(folder, "day"), library = found.stdout.trim();
  const faked = `read -r FAKETIME <'${day}'\nexport FAKETIME LD_PRELOAD='${library}'`;
  const tools = wrapTools(path.join(folder, "tools"), () => faked);
  const on = (name, text) => {
    fs.writeFileSync(day, `${text}\n`);
    assert.equal(spawnSync("sh", ["-c", `${faked}; exec date +%Y`], { encoding: "utf8", env: { PATH: process.env.PATH } }).stdout.trim(), text.slice(0, 4), "the trick works");
    return build(name, [], tools.environment, { tier: everything });
  };
  assert.ok(on("day-a", "2001-02-03 04:05:06").equals(on("day-b", "2031-10-11 12:13:14")));
});

test("the rollback counter is part of the file", () => {
  assert.ok(!build("zero").equals(build("one", ["--rollback", "1"])));
});

test("an interrupted build leaves no temporary folder, no child and no output", async () => {
  const tmp = path.join(folder, "interrupted");
  fs.mkdirSync(tmp);
  fs.writeFileSync(path.join(tmp, "guest.wasm"), wasm);
  const scratch = path.join(tmp, "tmp");
  fs.mkdirSync(scratch);
  const child = spawn(ingotc, ["build", "guest.wasm", "--unsigned", "-o", "out.ingot"], { cwd: tmp, env: { ...process.env, TMPDIR: scratch } });
  const ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve({ code, signal })));
  const objects = () => fs.readdirSync(scratch).some((name) => fs.existsSync(path.join(scratch, name, "objects")));
  while (!objects() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill("SIGINT");
  const { code } = await ended;
  assert.notEqual(code, 0);
  assert.deepEqual(fs.readdirSync(scratch), []);
  assert.ok(!fs.existsSync(path.join(tmp, "out.ingot")));
  const left = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name)).filter((pid) => {
    try {
      return fs.readlinkSync(`/proc/${pid}/cwd`).startsWith(scratch);
    } catch {
      return false;
    }
  });
  assert.deepEqual(left, [], "no process still works in the folder that was removed");
});

await runAll();
