// SPDX-License-Identifier: Apache-2.0
// The build cache: a hit is the file that a fresh build would write, everything that can change the file makes another entry, nothing that is
// wrong with the folder or an entry ever reaches a bundle or fails a build. What is compared with is always a build with --no-cache.
import { spawn, spawnSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { assert, runAll, test } from "./lib/check.mjs";
import { bin, guestSources, run, temporaryFolder } from "./lib/server.mjs";
import { wrapTools } from "./lib/tools.mjs";

for (const name of ["INGOT_CACHE_MAX_BYTES", "INGOT_CACHE_DIR"]) delete process.env[name];
const folder = temporaryFolder();
fs.chmodSync(folder, 0o755);
const ingotc = path.join(bin, "ingotc");
const guest = fs.readFileSync(path.join(guestSources, "echo_packed", "echo_packed.wasm"));
const is_root = process.getuid() === 0;
const somebody = { uid: 65534, gid: 65534 };

let places = 0;
/** An empty place with a guest in it. */
function place(wasm = guest) {
  const here = path.join(folder, `place${++places}`);
  fs.mkdirSync(path.join(here, "tmp"), { recursive: true });
  fs.writeFileSync(path.join(here, "guest.wasm"), wasm);
  return here;
}

/** The guest with a custom section at its end: another module that does the same. */
const variant = (number) => Buffer.concat([guest, Buffer.from([0, 3, 1, 0x78, number])]);

function environment(here, cache, more = {}) {
  const env = { ...process.env, TMPDIR: path.join(here, "tmp"), XDG_CONFIG_HOME: path.join(here, "config"), INGOT_CACHE_DIR: cache, ...more };
  for (const name of ["SOURCE_DATE_EPOCH", "INGOT_CACHE_MAX_BYTES"]) if (!(name in more)) delete env[name];
  return env;
}

const quick = ["-O", "dev", "--target", "x86-64-v2"];
/** Runs a build in `here`; gives its report, the file and stderr. */
function build(here, cache, { options = quick, input = "guest.wasm", more = {}, program = ingotc, unsigned = true, how = {} } = {}) {
  const words = ["build", input, "-o", "out.ingot", "--json", ...(unsigned ? ["--unsigned"] : []), ...options];
  const result = spawnSync(program, words, { cwd: here, env: environment(here, cache, more), encoding: "utf8", ...how });
  assert.equal(result.status, 0, `${words.join(" ")}: ${result.stderr}${result.error ?? ""}`);
  return { report: JSON.parse(result.stdout), file: fs.readFileSync(path.join(here, "out.ingot")), stderr: result.stderr };
}
const fresh = (here, settings = {}) => build(here, path.join(here, "none"), { ...settings, options: [...(settings.options ?? quick), "--no-cache"] });

const status = (cache) => JSON.parse(spawnSync(ingotc, ["cache", "status", "--json", "--cache-dir", cache], { encoding: "utf8" }).stdout);
const bundles = (cache) => fs.readdirSync(cache).filter((name) => name.endsWith(".bundle")).sort();

// ---- hits ----

test("the second build compiles nothing and is the fresh build's file", () => {
  const here = place(), cache = path.join(here, "cache");
  const first = build(here, cache), second = build(here, cache), none = fresh(here);
  assert.deepEqual([first, second, none].map(({ report }) => report.cached), [false, true, false]);
  assert.ok(first.file.equals(none.file));
  assert.ok(second.file.equals(none.file));
  assert.equal(second.stderr, "");
  const { seconds: _, cached: __, ...said } = none.report;
  const { seconds: ___, cached: ____, ...said_again } = second.report;
  assert.deepEqual(said_again, said);
  assert.ok(!fs.existsSync(path.join(here, "none")), "--no-cache makes no folder");
  assert.equal(fs.statSync(cache).mode & 0o777, 0o700);
  for (const name of fs.readdirSync(cache)) assert.equal(fs.statSync(path.join(cache, name)).mode & 0o777, 0o600, name);
  const text = spawnSync(ingotc, ["build", "guest.wasm", "-o", "out.ingot", "--unsigned", ...quick], { cwd: here, env: environment(here, cache), encoding: "utf8" });
  assert.match(text.stderr, /^ingotc: wrote out\.ingot \(\d+ bytes, contract eerp, unsigned\) from the cache in \d/);
});

test("who signs is decided by each build: the entry carries no signature", () => {
  const here = place(), cache = path.join(here, "cache");
  for (const name of ["a", "b"]) assert.equal(spawnSync(ingotc, ["keygen", "-o", name], { cwd: here }).status, 0);
  const signed = (name, settings = {}) => build(here, cache, { ...settings, unsigned: false, options: [...quick, "--key", `${name}.key`] });
  const trusts = (name) => spawnSync(ingotc, ["verify", "out.ingot", "--key", `${name}.pub`], { cwd: here }).status;
  assert.equal(signed("a").report.cached, false);
  const again = signed("b");
  assert.equal(again.report.cached, true);
  assert.equal(trusts("b"), 0);
  assert.equal(trusts("a"), 5);
  assert.ok(again.file.equals(fresh(here, { unsigned: false, options: [...quick, "--key", "b.key"] }).file));
  const plain = build(here, cache);
  assert.equal(plain.report.cached, true);
  assert.ok(plain.file.equals(fresh(here).file));
  assert.equal(bundles(cache).length, 1);
});

/** The tools behind scripts that write down that they were started. */
function loggingTools(here) {
  const log = path.join(here, "started");
  fs.writeFileSync(log, "");
  return { ...wrapTools(path.join(here, "tools"), (name) => `echo ${name} >>'${log}'`), log: () => fs.readFileSync(log, "utf8").trim().split("\n").filter(Boolean) };
}

test("a hit starts no program; a tool that was replaced makes another entry", () => {
  const here = place(), cache = path.join(here, "cache"), tools = loggingTools(here);
  const with_tools = () => build(here, cache, { more: tools.environment });
  assert.equal(with_tools().report.cached, false);
  const started = tools.log();
  for (const name of ["wasm2c", "wasm-validate", "clang", "ld.lld"]) assert.ok(started.includes(name), `${name}: ${started}`);
  assert.equal(with_tools().report.cached, true);
  assert.deepEqual(tools.log(), started);
  // Without the bundle, the versions are still known: none of the four that are asked for theirs is asked again.
  for (const name of bundles(cache)) fs.unlinkSync(path.join(cache, name));
  assert.equal(with_tools().report.cached, false);
  assert.equal(tools.log().length, 2 * started.length - 4);
  // Another file of the same size and time in the same place is another tool.
  const { mtime } = fs.statSync(tools.clang), text = fs.readFileSync(tools.clang);
  fs.unlinkSync(tools.clang);
  fs.writeFileSync(tools.clang, text, { mode: 0o755 });
  fs.utimesSync(tools.clang, mtime, mtime);
  assert.equal(with_tools().report.cached, false);
  assert.equal(bundles(cache).length, 2);
});

// ---- what the key is made of ----

test("everything that can change the bundle makes another entry, and the hit is that entry", () => {
  const here = place(), cache = path.join(here, "cache");
  build(here, cache);
  const home = path.join(here, "module");
  fs.mkdirSync(home);
  fs.writeFileSync(path.join(home, "module.wasm"), guest);
  const describe = (text) => () => fs.writeFileSync(path.join(home, "module.json"), text);
  // The same program with bytes behind its end: it works alike, and is not the same.
  const program = path.join(here, "ingotc");
  fs.symlinkSync(path.join(bin, "ingot-codegen"), path.join(here, "ingot-codegen"));
  fs.writeFileSync(program, Buffer.concat([fs.readFileSync(ingotc), Buffer.from([0])]), { mode: 0o755 });
  const prefix = process.env.INGOT_TOOLCHAIN && path.join(process.env.INGOT_TOOLCHAIN, "wabt");
  const differences = {
    "a byte of the module": { before: () => fs.writeFileSync(path.join(here, "guest.wasm"), variant(1)), after: () => fs.writeFileSync(path.join(here, "guest.wasm"), guest) },
    "the module's name": { before: () => fs.copyFileSync(path.join(here, "guest.wasm"), path.join(here, "other.wasm")), input: "other.wasm" },
    "a module.json": { before: describe('{"name": "guest"}'), input: home },
    "another module.json": { before: describe('{"name": "guest" }'), input: home },
    "a version in module.json": { before: describe('{"name": "guest", "version": "2.0.0"}'), input: home },
    "another target": { options: ["-O", "dev", "--target", "x86-64-v3"] },
    "one more target": { options: [...quick, "--target", "x86-64-v3"] },
    "the order of targets": { options: ["-O", "dev", "--target", "x86-64-v3", "--target", "x86-64-v2"] },
    "the optimisation": { options: ["--target", "x86-64-v2"] },
    "debugging": { options: ["--debug", "--target", "x86-64-v2"] },
    "a feature less": { options: [...quick, "--no-feature", "relaxed-simd"] },
    "another feature less": { options: [...quick, "--no-feature", "extended-const"] },
    "the contract": { options: [...quick, "--contract", "none"] },
    "the rollback counter": { options: [...quick, "--rollback", "1"] },
    "SOURCE_DATE_EPOCH": { options: [...quick, "--rollback", "0"], more: { SOURCE_DATE_EPOCH: "1700000000" } },
    // From its place in the build tree it would find them by itself.
    "this program": { program, more: prefix && fs.existsSync(prefix) ? { INGOT_WABT_PREFIX: prefix } : {} },
  };
  let entries = 1;
  for (const [what, { before = () => {}, after = () => {}, ...settings }] of Object.entries(differences)) {
    before();
    const first = build(here, cache, settings), second = build(here, cache, settings);
    assert.equal(first.report.cached, false, what);
    assert.equal(second.report.cached, true, what);
    assert.equal(status(cache).entries, ++entries, what);
    assert.ok(second.file.equals(fresh(here, settings).file), what);
    after();
  }
});

test("what changes nothing in the bundle finds the same entry", () => {
  const here = place(), elsewhere = place(), cache = path.join(here, "cache");
  const first = build(here, cache);
  const same = {
    "the number of compilers": { options: [...quick, "--jobs", "1"] },
    "the locale, time zone and user": { more: { LC_ALL: "de_DE.UTF-8", TZ: "Pacific/Kiritimati", USER: "somebody" } },
    "the name of a switch in full": { options: [...quick, "--feature", "relaxed-simd"] },
  };
  for (const [what, settings] of Object.entries(same)) {
    const again = build(here, cache, settings);
    assert.equal(again.report.cached, true, what);
    assert.ok(again.file.equals(first.file), what);
  }
  assert.equal(build(elsewhere, cache).report.cached, true, "another folder");
  assert.equal(status(cache).entries, 1);
});

test("a refused module is refused again, and no trace of it is kept", () => {
  const here = place(Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 0x0a, 5, 1, 3, 0, 0x6a, 0x0b]));  // i32.add of nothing
  const cache = path.join(here, "cache");
  for (let round = 0; round < 2; ++round) {
    const result = spawnSync(ingotc, ["build", "guest.wasm", "--unsigned", "--contract", "none", ...quick], { cwd: here, env: environment(here, cache), encoding: "utf8" });
    assert.equal(result.status, 3, result.stderr);
    assert.match(result.stderr, /not a valid module/);
  }
  assert.deepEqual(bundles(cache), []);
});

test("--check-only neither looks nor keeps", () => {
  const here = place(), cache = path.join(here, "cache");
  const result = spawnSync(ingotc, ["build", "guest.wasm", "--check-only"], { cwd: here, env: environment(here, cache), encoding: "utf8" });
  assert.equal(result.status, 0, result.stderr);
  assert.ok(!fs.existsSync(cache));
});

// ---- entries that are not what they should be ----

const header_bytes = 88;
/** An entry as compiler/cache/entry.hpp lays it out. */
function entry(key, content) {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(content.length));
  return Buffer.concat([Buffer.from("ingot-cache-1\0\0\0"), key, size, crypto.createHash("sha256").update(content).digest(), content]);
}

test("an entry that is damaged, cut, swapped or forged is reported, removed and built anew", () => {
  const here = place(), cache = path.join(here, "cache");
  const good = build(here, cache);
  const [name] = bundles(cache), file = path.join(cache, name), whole = fs.readFileSync(file);
  assert.ok(whole.equals(entry(Buffer.from(name.slice(0, 64), "hex"), good.file)), "the entry is what its description says");
  const flipped = (at) => () => {
    const bytes = Buffer.from(whole);
    bytes[at] ^= 0x40;
    fs.writeFileSync(file, bytes);
  };
  const key = whole.subarray(16, 48);
  const other = place(variant(2)), other_cache = path.join(other, "cache");
  const stranger = build(other, other_cache).file;
  assert.equal(spawnSync(ingotc, ["keygen", "-o", "k"], { cwd: here }).status, 0);
  const signed = fresh(here, { unsigned: false, options: [...quick, "--key", "k.key"] }).file;
  const harms = {
    "a bit of its mark": [flipped(0), /not an entry of this cache/],
    "a bit of its key": [flipped(20), /another entry under this name/],
    "a bit of its size": [flipped(48), /truncated|longer than it says/],
    "the highest bit of its size": [flipped(55), /larger than such an entry may be/],
    "a bit of its digest": [flipped(60), /damaged/],
    "its first byte": [flipped(header_bytes), /damaged/],
    "a byte in the middle": [flipped(whole.length >> 1), /damaged/],
    "its last byte": [flipped(whole.length - 1), /damaged/],
    "all of it gone": [() => fs.truncateSync(file, 0), /truncated/],
    "half a header": [() => fs.truncateSync(file, 40), /truncated/],
    "only a header": [() => fs.truncateSync(file, header_bytes), /truncated/],
    "the last byte gone": [() => fs.truncateSync(file, whole.length - 1), /truncated/],
    "a byte more": [() => fs.appendFileSync(file, "x"), /longer than it says/],
    "another entry": [() => fs.copyFileSync(path.join(other_cache, bundles(other_cache)[0]), file), /another entry under this name/],
    "another module's bundle": [() => fs.writeFileSync(file, entry(key, stranger)), /a bundle of another module/],
    "a signed bundle": [() => fs.writeFileSync(file, entry(key, signed)), /signed already/],
    "no bundle": [() => fs.writeFileSync(file, entry(key, Buffer.from("hello"))), /removed it/],
    "nothing": [() => fs.writeFileSync(file, entry(key, Buffer.alloc(0))), /removed it/],
    "a symbolic link": [() => { fs.renameSync(file, path.join(here, "moved")); fs.symlinkSync(path.join(here, "moved"), file); }, /a symbolic link/],
  };
  for (const [what, [harm, reason]] of Object.entries(harms)) {
    harm();
    const rebuilt = build(here, cache);
    assert.equal(rebuilt.report.cached, false, what);
    assert.match(rebuilt.stderr, reason, what);
    assert.match(rebuilt.stderr, /^ingotc: note: cache: .*; removed it$/m, what);
    assert.ok(rebuilt.file.equals(good.file), what);
    assert.ok(fs.readFileSync(file).equals(whole), `${what}: kept again`);
  }
  // A folder in an entry's place cannot be removed like one; the build goes on all the same.
  fs.unlinkSync(file);
  fs.mkdirSync(file);
  const rebuilt = build(here, cache);
  assert.match(rebuilt.stderr, /note: cache: .*not a regular file/);
  assert.ok(rebuilt.file.equals(good.file));
});

test("a remembered version that was changed is asked for again", () => {
  const here = place(), cache = path.join(here, "cache");
  const good = build(here, cache);
  const tools = fs.readdirSync(cache).filter((name) => name.endsWith(".tool"));
  assert.ok(tools.length >= 3, `${tools}`);
  for (const name of tools) fs.writeFileSync(path.join(cache, name), entry(Buffer.from(name.slice(0, 64), "hex"), Buffer.from("no version")));
  const again = build(here, cache);
  assert.match(again.stderr, /not a version; removed it/);
  assert.equal(again.report.cached, true);
  assert.ok(again.file.equals(good.file));
});

// ---- many at once ----

test("eight builds at once, of the same module and of others, into one cache", async () => {
  const cache = path.join(folder, "shared");
  const jobs = [0, 0, 0, 0, 3, 4, 5, 5].map((number) => ({ number, here: place(number === 0 ? guest : variant(number)) }));
  const results = await Promise.all(jobs.map(({ here }) => run(ingotc, ["build", "guest.wasm", "-o", "out.ingot", "--unsigned", "--jobs", "1", ...quick],
                                                               { cwd: here, env: environment(here, cache) })));
  results.forEach(({ code, stderr }) => {
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /note/);
  });
  for (const { number, here } of jobs) {
    const expected = fresh(jobs.find((job) => job.number === number).here).file;
    fs.renameSync(path.join(here, "out.ingot"), path.join(here, "made.ingot"));
    const again = build(here, cache);
    assert.equal(again.report.cached, true);
    assert.ok(again.file.equals(expected));
  }
  assert.equal(bundles(cache).length, 4);
  assert.deepEqual(fs.readdirSync(cache).filter((name) => !/^[0-9a-f]{64}\.(bundle|tool)$/.test(name)), []);
});

test("an interrupted build keeps nothing", async () => {
  const here = place(), cache = path.join(here, "cache");
  const child = spawn(ingotc, ["build", "guest.wasm", "--unsigned", "-o", "out.ingot"], { cwd: here, env: environment(here, cache), stdio: "ignore" });
  const ended = new Promise((resolve) => child.on("exit", (code) => resolve(code)));
  const compiles = () => fs.readdirSync(path.join(here, "tmp")).some((name) => fs.existsSync(path.join(here, "tmp", name, "objects")));
  while (!compiles() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2));
  child.kill("SIGINT");
  assert.equal(await ended, 130);
  assert.deepEqual(fs.readdirSync(cache).filter((name) => !name.endsWith(".tool")), []);
});

test("what a killed build left behind is swept by the next, if it is old and nobody writes it", () => {
  const here = place(), cache = path.join(here, "cache");
  fs.mkdirSync(cache, { mode: 0o700 });
  const long_ago = new Date(Date.now() - 3600_000);
  const files = { old: "unfinished-1-2-3", held: "unfinished-1-2-4", young: "unfinished-1-2-5", foreign: "README" };
  for (const name of Object.values(files)) fs.writeFileSync(path.join(cache, name), "half");
  for (const name of [files.old, files.held, files.foreign]) fs.utimesSync(path.join(cache, name), long_ago, long_ago);
  // `flock` holds the lock of one while the build runs.
  const command = ["--exclusive", path.join(cache, files.held), ingotc, "build", "guest.wasm", "-o", "out.ingot", "--unsigned", ...quick];
  const result = spawnSync("flock", command, { cwd: here, env: environment(here, cache), encoding: "utf8" });
  assert.equal(result.status, 0, `${result.stderr}${result.error ?? ""}`);
  const left = fs.readdirSync(cache);
  assert.ok(!left.includes(files.old));
  for (const name of [files.held, files.young, files.foreign]) assert.ok(left.includes(name), name);
});

// ---- size ----

test("the least recently used entries give way", async () => {
  const names = ["a", "b", "c"], here = names.map((_, index) => place(variant(10 + index))), cache = path.join(folder, "small");
  build(here[0], cache);
  const one = fs.statSync(path.join(cache, bundles(cache)[0])).size;
  const max = status(cache).bytes + one;  // two bundles, and what is remembered of the tools
  const more = { INGOT_CACHE_MAX_BYTES: String(max) };
  const cached = (index) => build(here[index], cache, { more }).report.cached;
  assert.equal(cached(1), false);
  assert.equal(status(cache).entries, 2);
  assert.equal(cached(0), true);   // now b is the one that was not used for longest
  assert.equal(cached(2), false);  // takes b's place
  assert.equal(status(cache).entries, 2);
  assert.ok(status(cache).bytes <= max);
  assert.equal(cached(0), true);
  assert.equal(cached(2), true);
  assert.equal(cached(1), false);
  // One that would not fit by itself is not kept, and costs nobody else its place.
  const before = bundles(cache);
  assert.equal(build(place(variant(13)), cache, { more: { INGOT_CACHE_MAX_BYTES: String(one - 1) } }).report.cached, false);
  assert.deepEqual(bundles(cache), before);
});

test("a limit of 0 turns the cache off; a limit that is no number is said, and nothing fails", () => {
  const here = place(), cache = path.join(here, "cache");
  for (let round = 0; round < 2; ++round) {
    const { report, stderr } = build(here, cache, { more: { INGOT_CACHE_MAX_BYTES: "0" } });
    assert.equal(report.cached, false);
    assert.equal(stderr, "");
  }
  for (const wrong of ["4GiB", "-1", "99999999999999999999"]) {
    const { report, stderr } = build(here, cache, { more: { INGOT_CACHE_MAX_BYTES: wrong } });
    assert.equal(report.cached, false);
    assert.match(stderr, /^ingotc: note: INGOT_CACHE_MAX_BYTES is not a number of bytes.*Building without a cache$/m);
  }
  assert.ok(!fs.existsSync(cache));
});

// ---- the folder ----

test("where the cache is: option, INGOT_CACHE_DIR, XDG_CACHE_HOME, HOME", () => {
  const here = place(), at = (name) => path.join(here, name);
  const more = { XDG_CACHE_HOME: at("xdg"), HOME: at("home") };
  build(here, at("own"), { more, options: [...quick, "--cache-dir", at("chosen")] });
  assert.deepEqual(["chosen", "own", "xdg", "home"].map((name) => fs.existsSync(at(name))), [true, false, false, false]);
  build(here, at("own"), { more });
  assert.deepEqual(["own", "xdg", "home"].map((name) => fs.existsSync(at(name))), [true, false, false]);
  build(here, "", { more });
  assert.deepEqual([bundles(at("xdg/ingot")).length, fs.existsSync(at("home"))], [1, false]);
  build(here, "", { more: { ...more, XDG_CACHE_HOME: "relative" } });
  assert.equal(bundles(at("home/.cache/ingot")).length, 1);
  assert.equal(fs.statSync(at("home/.cache/ingot")).mode & 0o777, 0o700);
  const nowhere = build(here, "", { more: { XDG_CACHE_HOME: "", HOME: "" } });
  assert.match(nowhere.stderr, /note: no place for a cache.*--cache-dir DIR or --no-cache/);
});

test("a folder that others may write to, or of somebody else, is refused with the way out, and the build goes on", () => {
  const here = place();
  const unusable = (cache, reason) => {
    const listing = () => (fs.statSync(cache).isDirectory() ? fs.readdirSync(cache) : []);
    const before = listing();
    const { report, stderr } = build(here, cache);
    assert.equal(report.cached, false);
    assert.match(stderr, reason);
    assert.match(stderr, /^ingotc: note: .*Building without a cache$/m);
    assert.deepEqual(listing(), before, "nothing is put there");
    for (const verb of ["status", "clear"]) {
      const result = spawnSync(ingotc, ["cache", verb, "--cache-dir", cache], { encoding: "utf8" });
      assert.notEqual(result.status, 0);
      assert.match(result.stderr, reason);
    }
  };
  for (const mode of [0o777, 0o770, 0o702, 0o1777]) {
    const cache = path.join(here, `mode${mode.toString(8)}`);
    fs.mkdirSync(cache);
    fs.chmodSync(cache, mode);
    unusable(cache, /others may write to the cache folder.*chmod go-w/);
  }
  const file = path.join(here, "file");
  fs.writeFileSync(file, "");
  unusable(file, /Not a directory/);
  if (is_root) {
    const cache = path.join(here, "foreign");
    fs.mkdirSync(cache, { mode: 0o700 });
    fs.chownSync(cache, somebody.uid, somebody.gid);
    unusable(cache, /belongs to another user.*--cache-dir/);
  } else {
    unusable("/", /belongs to another user.*--cache-dir/);
  }
});

test("a folder that cannot be written to still answers; what it cannot keep is said", () => {
  const here = place(), cache = path.join(here, "cache");
  // Root may write anywhere, so somebody else runs this part.
  const how = is_root ? somebody : {};
  if (is_root) {
    for (const name of [".", "tmp"]) fs.chownSync(path.join(here, name), somebody.uid, somebody.gid);
    if (spawnSync(ingotc, ["--version"], { cwd: here, ...somebody }).status !== 0) return console.log("SKIPPED: a read-only folder (another user cannot run ingotc from there)");
  }
  const first = build(here, cache, { how });
  fs.chmodSync(cache, 0o500);
  const hit = build(here, cache, { how });
  assert.equal(hit.report.cached, true);
  assert.equal(hit.stderr, "");
  assert.ok(hit.file.equals(first.file));
  const miss = build(here, cache, { how, options: [...quick, "--rollback", "7"] });
  assert.equal(miss.report.cached, false);
  assert.match(miss.stderr, /note: cache: .*cannot keep anything there: Permission denied/);
  assert.ok(miss.file.equals(fresh(here, { how, options: [...quick, "--rollback", "7"] }).file));
  fs.chmodSync(cache, 0o700);
});

test("a full disk costs a note", () => {
  const here = place(), cache = path.join(here, "cache");
  fs.mkdirSync(cache, { mode: 0o700 });
  const script = `mount -t tmpfs -o size=16k,mode=700 tmpfs '${cache}' || exit 99
    '${ingotc}' build guest.wasm --unsigned -o out.ingot ${quick.join(" ")} || exit 1
    ls '${cache}'`;
  const result = spawnSync("unshare", ["--mount", "sh", "-c", script], { cwd: here, env: environment(here, cache), encoding: "utf8" });
  if (result.error || result.status === 99 || /unshare failed/.test(result.stderr)) return console.log("SKIPPED: a full disk (no mounts for this user here)");
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stderr, /note: cache: .*not kept: No space left on device/);
  assert.doesNotMatch(result.stdout, /unfinished|bundle/);
  assert.ok(fs.readFileSync(path.join(here, "out.ingot")).equals(fresh(here).file));
});

test("`ingotc cache status` and `clear` count, remove what is ours and nothing else", () => {
  const here = place(), cache = path.join(here, "cache");
  assert.deepEqual(status(cache), { folder: cache, entries: 0, bytes: 0, bytes_max: 4 * 2 ** 30 });
  assert.ok(!fs.existsSync(cache), "asking makes no folder");
  build(here, cache);
  build(here, cache, { options: [...quick, "--rollback", "1"] });
  const bytes = fs.readdirSync(cache).reduce((sum, name) => sum + fs.statSync(path.join(cache, name)).size, 0);
  fs.writeFileSync(path.join(cache, "mine.txt"), "not the cache's");
  assert.deepEqual(status(cache), { folder: cache, entries: 2, bytes, bytes_max: 4 * 2 ** 30 });
  const text = spawnSync(ingotc, ["cache", "status", "--cache-dir", cache], { encoding: "utf8" }).stdout;
  assert.equal(text, `${cache}: 2 bundles, ${bytes} bytes of at most ${4 * 2 ** 30}\n`);
  const cleared = JSON.parse(spawnSync(ingotc, ["cache", "clear", "--json", "--cache-dir", cache], { encoding: "utf8" }).stdout);
  assert.deepEqual(cleared, { folder: cache, removed_entries: 2, removed_bytes: bytes });
  assert.deepEqual(fs.readdirSync(cache), ["mine.txt"]);
  assert.equal(build(here, cache).report.cached, false);
});

await runAll();
