// SPDX-License-Identifier: Apache-2.0
// Tools that run away: `ingotc build` stops each inside its limit, says which limit and what to do about it, and leaves no process and no file.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { assert, runAll, test } from "./lib/check.mjs";
import { bin, temporaryFolder } from "./lib/server.mjs";
import { wrapTools } from "./lib/tools.mjs";

const root = temporaryFolder();
const [cwd, tmp, config] = ["cwd", "tmp", "config"].map((name) => path.join(root, name));
for (const folder of [cwd, tmp, config]) fs.mkdirSync(folder);
const guest = path.join(root, "guest.wasm");
// (module (func (export "answer") (result i32) i32.const 42))
fs.writeFileSync(guest, Buffer.from("0061736d01000000" + "0105016000017f" + "03020100" + "070a0106616e737765720000" + "0a06010400412a0b", "hex"));

function build(options, environment = {}, tier = "dev") {
  const words = ["build", guest, "--unsigned", "--no-cache", "-O", tier, "--target", "x86-64-v2", "-o", "out.ingot", ...options];
  const result = spawnSync(path.join(bin, "ingotc"), words, { cwd, env: { ...process.env, TMPDIR: tmp, XDG_CONFIG_HOME: config, ...environment }, encoding: "utf8" });
  assert.equal(result.signal, null, result.stderr);
  return result;
}

/** Those of our wrapped tools, and what they started: all of them work in our folder or were run from there. */
function processesLeft() {
  const left = [];
  for (const pid of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    try {
      const words = fs.readFileSync(`/proc/${pid}/cmdline`, "latin1");
      if (words.includes(root) || words.includes("86399") || fs.readlinkSync(`/proc/${pid}/cwd`).startsWith(root)) left.push(`${pid} ${words}`);
    } catch {
      // it ended while we looked, or is somebody else's
    }
  }
  return left;
}

function assertNothingLeft() {
  for (const folder of [cwd, tmp, config]) assert.deepEqual(fs.readdirSync(folder, { recursive: true }), []);
  assert.deepEqual(processesLeft(), []);
}

let wrapped = 0;
/** The environment in which this tool first does what `script` says, but still tells its version. */
function runaway(tool, script) {
  const prologue = (name) => (name === tool ? `case " $* " in *" --version "*) ;; *)\n${script}\n;; esac` : "");
  return wrapTools(path.join(root, `tools${++wrapped}`), prologue).environment;
}

function assertStopped({ status, stdout, stderr }, code, ...phrases) {
  assert.equal(status, code, stderr);
  for (const phrase of phrases) assert.match(stderr, phrase);
  assert.equal(stdout, "");
  assertNothingLeft();
}

test("without a runaway, limits that suffice change nothing in the bundle", () => {
  const bundles = [[], ["--time-limit", "600", "--memory-limit", "4096"]].map((options) => {
    assert.equal(build(options).status, 0);
    const bytes = fs.readFileSync(path.join(cwd, "out.ingot"));
    fs.rmSync(path.join(cwd, "out.ingot"));
    return bytes;
  });
  assert.ok(bundles[0].equals(bundles[1]));
  assertNothingLeft();
});

for (const tool of ["wasm-validate", "wasm2c", "clang", "ld.lld"]) {
  test(`${tool} never ends`, () => {
    const busy = "while :; do :; done";
    assertStopped(build(["--time-limit", "2"], runaway(tool, busy)), 8, /within the 2 s of --time-limit; allow more/);
  });
}

test("ingot-codegen never ends", () => {
  assertStopped(build(["--time-limit", "2"], runaway("ingot-codegen", "while :; do :; done"), "release"), 8, /within the 2 s of --time-limit; allow more/);
});

test("ingot-codegen dies", () => {
  assertStopped(build([], runaway("ingot-codegen", "kill -SEGV $$"), "release"), 4, /the compiler failed on .*signal 11/);
});

test("ingot-codegen says that all is well and has written nothing, or nonsense", () => {
  const writes = (what) => `for word; do case $word in *=*) ${what} ;; esac; done; exit 0`;
  assertStopped(build([], runaway("ingot-codegen", writes(":")), "release"), 4, /the linker failed/);
  assertStopped(build([], runaway("ingot-codegen", writes(`echo nonsense > "\${word#*=}"`)), "release"), 4, /the linker failed/);
});

test("a tool that does not even tell its version", () => {
  const { environment } = wrapTools(path.join(root, "mute"), (name) => (name === "clang" ? "while :; do :; done" : ""));
  assertStopped(build(["--time-limit", "2"], environment), 8, /--time-limit/);
});

test("clang never ends and has started others that do not end either", () => {
  assertStopped(build(["--time-limit", "2"], runaway("clang", "(trap '' TERM; sleep 86399 & sleep 86399) & sleep 86399")), 8, /--time-limit/);
});

test("clang forks without end", () => {
  assertStopped(build([], runaway("clang", "while :; do sleep 86399 & done")), 4, /failed on m\.c: it started more processes than it may/);
});

test("clang eats memory", () => {
  assertStopped(build(["--memory-limit", "128"], runaway("clang", "yes | tr -d '\\n' | tail || exit 1")), 8, /more memory than the 128 MiB of --memory-limit; allow more/);
});

test("what clang has started eats memory together", () => {
  const one = "(x=$(yes | tr -d '\\n' | head -c 60000000); sleep 86399) &\n";
  assertStopped(build(["--memory-limit", "200"], runaway("clang", `${one.repeat(4)}wait`)), 8, /--memory-limit/);
});

test("a limit in which no tool can work says so, also as JSON", () => {
  const result = build(["--memory-limit", "64", "--json"], runaway("clang", "yes | tr -d '\\n' | tail || exit 1"));
  assert.equal(result.status, 8, result.stderr);
  const said = JSON.parse(result.stdout);
  assert.equal(said.exit_code, 8);
  assert.equal(said.error.code, "limit");
  assertNothingLeft();
});

test("numbers that are no limits: exit code 2", () => {
  for (const options of [["--time-limit", "0"], ["--time-limit", "-1"], ["--time-limit", "soon"], ["--memory-limit", "0"], ["--memory-limit", "1e3"]]) {
    assert.equal(build(options).status, 2, options.join(" "));
  }
  assertNothingLeft();
});

await runAll();
