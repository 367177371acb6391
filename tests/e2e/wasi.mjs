// SPDX-License-Identifier: Apache-2.0
// WASI programs in C, cast and run by `ingot run`: the same lines, files and exit codes as the same modules under Node's WASI; what is not granted does not exist; traps, limits, timeouts
// and signals end as the help text says.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { assert, runAll, test } from "./lib/check.mjs";
import { bin, temporaryFolder } from "./lib/server.mjs";

const here = path.join(import.meta.dirname, "wasi");
const folder = temporaryFolder();
process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
const environment = { ...process.env, XDG_CONFIG_HOME: path.join(folder, "config"), NO_COLOR: "1" };

const clang = Array.from({ length: 12 }, (_, index) => `clang-${30 - index}`).find((name) => spawnSync(name, ["--version"]).status === 0) ?? "clang";
function must(program, args, options = {}) {
  const result = spawnSync(program, args, { encoding: "utf8", env: environment, ...options });
  assert.equal(result.status, 0, `${program} ${args.join(" ")}\n${result.error ?? ""}${result.stdout}${result.stderr}`);
  return result;
}
const ingotc = path.join(bin, "ingotc"), ingot = path.join(bin, "ingot");
const wasmOf = (name) => path.join(folder, `${name}.wasm`), bundleOf = (name) => path.join(folder, `${name}.ingot`);

/** Compiles a source of ours as its author would, and casts it. */
function make(name, source = name, flags = []) {
  must(clang, ["--target=wasm32-wasi", "-O1", "-g", "-w", "--no-wasm-opt", ...flags, path.join(here, `${source}.c`), "-o", wasmOf(name)]);
  return must(ingotc, ["build", wasmOf(name), "-o", bundleOf(name), "-O", "dev"]);
}

function run(name, options, args = [], extra = {}) {
  return spawnSync(ingot, ["run", bundleOf(name), ...options, "--", ...args], { encoding: "utf8", env: environment, timeout: 120_000, ...extra });
}

const nodeRunner = path.join(folder, "node.mjs");
fs.writeFileSync(nodeRunner, `import fs from "node:fs";
import { WASI } from "node:wasi";
const [wasm, preopens, env, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args, env: JSON.parse(env), preopens: JSON.parse(preopens), returnOnExit: true });
const instance = await WebAssembly.instantiate(await WebAssembly.compile(fs.readFileSync(wasm)), wasi.getImportObject());
process.exitCode = wasi.start(instance);
`);
function runOnNode(name, preopens, env, args, extra) {
  return spawnSync(process.execPath, ["--no-warnings", nodeRunner, wasmOf(name), JSON.stringify(preopens), JSON.stringify(env), ...args], { encoding: "utf8", ...extra });
}

/** The tour's lines but for how long its sleep took: Node's clock of milliseconds ends some of its sleeps a little early. Ours may not. */
const sleep = /^slept long enough: \d/m;
function sameLines(got, expected) {
  assert.match(got, /^slept long enough: 1/m);
  assert.match(expected, sleep);
  assert.equal(got.replace(sleep, ""), expected.replace(sleep, ""));
}

/** A folder to work in, and what is in it afterwards. */
function scene(name) {
  const work = path.join(folder, name);
  fs.mkdirSync(path.join(work, "before"), { recursive: true });
  fs.writeFileSync(path.join(work, "before", "here"), "x");
  return work;
}
function treeOf(work) {
  return fs.readdirSync(work, { recursive: true }).sort().map((name) => {
    const about = fs.lstatSync(path.join(work, name));
    return [name, about.isSymbolicLink() ? fs.readlinkSync(path.join(work, name)) : about.isFile() ? fs.readFileSync(path.join(work, name), "utf8") : "folder"];
  });
}

test("a program says, leaves behind and ends with the same as under Node's WASI", () => {
  const made = make("tour");
  assert.match(made.stderr, /contract wasi/);
  const args = ["one", "", "--two", "three words", "\u00e4\u{1f30d}"], input = "a\nb\nc\n";
  const [ours, theirs] = ["ingot", "node"].map(scene);
  const expected = runOnNode("tour", { "/here": theirs }, { VALUE: "it" }, ["tour", ...args], { input });
  const got = run("tour", ["--dir", `${ours}::/here`, "--env", "VALUE=it"], args, { input });
  assert.equal(got.status, 42, got.stderr);
  assert.equal(expected.status, 42, expected.stderr);
  assert.equal(got.stderr, "to the error stream\n");
  sameLines(got.stdout, expected.stdout);
  assert.ok(got.stdout.split("\n").length > 45, got.stdout);
  assert.deepEqual(treeOf(ours), treeOf(theirs));
});

test("the same in an optimised cast", () => {
  must(ingotc, ["build", wasmOf("tour"), "-o", bundleOf("tour-release"), "--contract", "wasi"]);
  fs.copyFileSync(wasmOf("tour"), wasmOf("tour-release"));
  const [ours, theirs] = ["ingot2", "node2"].map(scene);
  const expected = runOnNode("tour-release", { "/here": theirs }, {}, ["tour"], { input: "" });
  const got = run("tour-release", ["--dir", `${ours}::/here`], [], { input: "" });
  sameLines(got.stdout, expected.stdout);
  assert.equal(got.status, 42);
});

test("exit codes are passed through", () => {
  make("deeds");
  for (const code of [0, 1, 7, 126, 255]) assert.equal(run("deeds", [], ["exit", String(code)]).status, code);
  assert.equal(run("deeds", [], ["exit", "-1"]).status, 255);
  assert.equal(run("deeds", [], ["exit", "256"]).status, 1, "what is no success does not become one");
  assert.equal(run("deeds", [], ["unknown"]).status, 77);
});

test("a trap has exit code 134 and says where it was", () => {
  const { status, stderr, stdout } = run("deeds", [], ["trap"]);
  assert.equal(status, 134, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /^ingot: the guest trapped: /);
  assert.ok(stderr.split("\n").filter((line) => /at deep \(.*deeds\.c:\d+\)/.test(line)).length >= 4, stderr);
  assert.match(stderr, /at (__)?main/);
  assert.equal(run("deeds", [], ["abort"]).status, 134);
});

test("nothing is granted that was not named", () => {
  fs.writeFileSync(path.join(folder, "secret"), "secret");
  for (const target of ["/etc/passwd", "etc/passwd", path.join(folder, "secret"), "secret", ".", "/"]) {
    const { status, stdout } = run("deeds", [], ["cat", target], { cwd: folder });
    assert.equal(status, 1, target);
    assert.doesNotMatch(stdout, /root|secret/);
  }
  const { stdout } = run("tour", [], [], { input: "" });
  assert.match(stdout, /VALUE is \(null\), HOME is not set/);
});

test("a directory is granted by name, for reading only when it says so", () => {
  const work = scene("modes");
  const readOnly = `${work}::/w:ro`;
  assert.equal(run("deeds", ["--dir", readOnly], ["cat", "/w/before/here"]).stdout, "x");
  const refused = run("deeds", ["--dir", readOnly], ["write", "/w/new"]);
  assert.equal(refused.status, 1);
  assert.equal(refused.stdout, "Read-only file system\n");
  assert.equal(fs.existsSync(path.join(work, "new")), false);
  assert.equal(run("deeds", ["--dir", `${work}::/w`], ["write", "/w/new"]).status, 0);
  assert.equal(fs.existsSync(path.join(work, "new")), true);
  assert.equal(run("deeds", ["--dir", "."], ["write", "plain"], { cwd: work }).status, 0);
  assert.equal(fs.existsSync(path.join(work, "plain")), true);
  fs.symlinkSync("../secret", path.join(work, "way-out"));
  fs.writeFileSync(path.join(folder, "secret"), "secret");
  for (const target of ["/w/way-out", "/w/../secret", "/w/before/../../secret"]) {
    const { status, stdout } = run("deeds", ["--dir", `${work}::/w`], ["cat", target]);
    assert.equal(status, 1, target);
    assert.match(stdout, /^(Operation not permitted|No such file or directory|Capabilities insufficient)\n$/);
  }
});

test("variables come by value, or from here by name", () => {
  const { stdout } = run("tour", ["--env", "VALUE"], [], { input: "", env: { ...environment, VALUE: "from here" } });
  assert.match(stdout, /VALUE is from here/);
});

test("a timeout reaches a program that computes, sleeps, reads and writes", () => {
  for (const deed of ["spin", "sleep", "wait", "print"]) {
    // Nobody writes to its input, and nobody reads more of its output than a pipe holds.
    const child = spawnSync("sh", ["-c", `sleep 30 | "$0" run "$1" --timeout 400ms -- ${deed} | { sleep 2; head -c 1 >/dev/null; }; exit 0`, ingot, bundleOf("deeds")], { env: environment, encoding: "utf8", timeout: 60_000, killSignal: "SIGKILL" });
    assert.match(child.stderr, /ingot: the guest .*(time|deadline)/, `${deed}: ${child.stderr}`);
  }
  const { status, stderr } = run("deeds", ["--timeout", "300ms"], ["spin"]);
  assert.equal(status, 8, stderr);
  assert.match(stderr, /at main|at __main_argc_argv|at __original_main|deeds\.c/);
});

test("a signal stops a program wherever it is, with the code that shells expect", async () => {
  for (const [deed, signal, code] of [["spin", "SIGINT", 130], ["sleep", "SIGTERM", 143], ["wait", "SIGINT", 130], ["sleep", "SIGHUP", 129]]) {
    const child = spawn(ingot, ["run", bundleOf("deeds"), "--", deed], { env: environment, stdio: ["pipe", "pipe", "pipe"] });
    let said = "";
    child.stderr.on("data", (data) => (said += data));
    await new Promise((resolve) => setTimeout(resolve, 600));
    child.kill(signal);
    const [status, by] = await new Promise((resolve) => child.on("exit", (...ended) => resolve(ended)));
    assert.equal(by, null);
    assert.equal(status, code, `${deed} ${signal}: ${said}`);
    assert.equal(said, "");
  }
});

test("a reader that goes away is an error of the program's, not its end", () => {
  const child = spawnSync("sh", ["-c", '"$0" run "$1" -- print 2>"$2" | head -n 1; cat "$2"', ingot, bundleOf("deeds"), path.join(folder, "said")], { env: environment, encoding: "utf8" });
  assert.match(child.stdout, /^the same line[^\n]*\nBroken pipe\n$/);
});

test("memory has the limit that was given", () => {
  const { status, stdout } = run("deeds", ["--memory-limit", "64MiB"], ["grow"]);
  assert.equal(status, 0);
  const mib = Number.parseInt(stdout, 10);
  assert.ok(mib > 50 && mib < 64, stdout);
});

test("what is wrong is said before anything runs, with what to do", () => {
  const cases = [
    [["--dir", "/nowhere/at/all::/w"], 1, /cannot open the directory \/nowhere\/at\/all/],
    [["--dir", "::/w"], 2, /HOST::GUEST/],
    [["--dir", "/proc::/p"], 2, /procfs/],
    [["--env", "=x"], 2, /NAME=VALUE/],
    [["--env", "NOT_SET_ANYWHERE"], 2, /--env NOT_SET_ANYWHERE=VALUE/],
    [["--timeout", "soon"], 2, /500ms, 30s/],
    [["--timeout", "0"], 2, /500ms, 30s/],
    [["--memory-limit", "5GiB"], 2, /too much/],
    [["--listen", "nothing"], 2, /ADDRESS:PORT/],
    [["--unknown"], 2, /--unknown/],
  ];
  for (const [options, code, phrase] of cases) {
    const { status, stderr, stdout } = run("deeds", options, ["exit", "0"]);
    assert.equal(status, code, `${options}: ${stderr}`);
    assert.match(stderr, phrase);
    assert.equal(stdout, "");
  }
  const missing = spawnSync(ingot, ["run", path.join(folder, "none.ingot")], { encoding: "utf8", env: environment });
  assert.notEqual(missing.status, 0);
  const help = spawnSync(ingot, ["run", "--help"], { encoding: "utf8", env: environment });
  for (const phrase of [/--dir/, /HOST::GUEST/, /134/, /Everything behind --/]) assert.match(help.stdout, phrase);
});

test("only a bundle that somebody trusted signed is run", () => {
  const stranger = { ...environment, XDG_CONFIG_HOME: path.join(folder, "stranger") };
  const refused = run("deeds", [], ["exit", "0"], { env: stranger });
  assert.equal(refused.status, 5, refused.stderr);
  assert.equal(run("deeds", ["--key", path.join(folder, "config/ingot/developer.pub")], ["exit", "3"], { env: stranger }).status, 3);
  must(ingotc, ["build", wasmOf("deeds"), "-o", bundleOf("unsigned"), "-O", "dev", "--unsigned"]);
  assert.equal(run("unsigned", [], ["exit", "0"]).status, 5);
  assert.equal(run("unsigned", ["--allow-unsigned"], ["exit", "4"]).status, 4);
});

const assembler = fs.existsSync(`${process.env.INGOT_TOOLCHAIN}/bin/wat2wasm`) ? `${process.env.INGOT_TOOLCHAIN}/bin/wat2wasm` : "wat2wasm";
function buildText(name, text, ...options) {
  fs.writeFileSync(path.join(folder, `${name}.wat`), text);
  must(assembler, [path.join(folder, `${name}.wat`), "-o", wasmOf(name)]);
  return spawnSync(ingotc, ["build", wasmOf(name), "-o", bundleOf(name), "-O", "dev", ...options], { encoding: "utf8", env: environment });
}
const importing = (module, name, type, rest = "") => `(module (import "${module}" "${name}" (func $f ${type})) (memory (export "memory") 1) ${rest})`;

test("the contract is chosen by the imports and checked by name and type", () => {
  const cases = [
    [importing("wasi_snapshot_preview1", "fd_wriet", "(param i32 i32 i32 i32) (result i32)"), /unknown import wasi_snapshot_preview1\.fd_wriet/],
    [importing("wasi_snapshot_preview1", "fd_write", "(param i32) (result i32)"), /wrong type.*expected \(i32, i32, i32, i32\) -> \(?i32/],
    [importing("wasi_unstable", "proc_exit", "(param i32) (result i32)"), /wrong type/],
    [`(module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (func (export "_start")))`, /missing export memory/],
    [importing("wasi_snapshot_preview1", "sched_yield", "(result i32)", '(func (export "_start") (param i32))'), /export _start has the wrong type/],
    [importing("wasi_snapshot_preview1", "sched_yield", "(result i32)", '(func (export "_start")) (func (export "_initialize"))'), /_start and _initialize/],
    [`(module (import "env" "other" (func)) (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (memory (export "memory") 1))`, /unknown import env\.other.*--contract none/],
  ];
  for (const [text, phrase] of cases) {
    const { status, stderr } = buildText("refused", text);
    assert.notEqual(status, 0, stderr);
    assert.match(stderr, phrase);
  }
});

test("the draft's functions are served under its name", () => {
  // Seeks to the end (the draft's whence 1) of descriptor 0 and leaves with its size.
  const text = importing("wasi_unstable", "fd_seek", "(param i32 i64 i32 i32) (result i32)", "").replace("(memory", '(import "wasi_unstable" "proc_exit" (func $exit (param i32))) (memory')
    .replace(/\)$/, '(func (export "_start") (drop (call $f (i32.const 0) (i64.const 0) (i32.const 1) (i32.const 8))) (call $exit (i32.load (i32.const 8)))))');
  const built = buildText("draft", text);
  assert.equal(built.status, 0, built.stderr);
  fs.writeFileSync(path.join(folder, "input"), "x".repeat(37));
  const fd = fs.openSync(path.join(folder, "input"));
  assert.equal(run("draft", [], [], { stdio: [fd, "pipe", "pipe"] }).status, 37);
});

test("a reactor is initialised and ends, and what is no program is not run", () => {
  const hello = '(data (i32.const 16) "\\20\\00\\00\\00\\06\\00\\00\\00") (data (i32.const 32) "ready\\0a")';
  const write = "(drop (call $f (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 64)))";
  const type = "(param i32 i32 i32 i32) (result i32)";
  assert.equal(buildText("reactor", importing("wasi_snapshot_preview1", "fd_write", type, `${hello} (func (export "_initialize") ${write})`)).status, 0);
  const started = run("reactor", []);
  assert.equal(started.status, 0, started.stderr);
  assert.equal(started.stdout, "ready\n");
  assert.equal(buildText("library", importing("wasi_snapshot_preview1", "fd_write", type, '(func (export "other"))')).status, 0);
  assert.equal(buildText("callable", importing("wasi_snapshot_preview1", "fd_write", type, `${hello} (func (export "add") (param i32 i32) (result i32) ${write} (i32.add (local.get 0) (local.get 1)))`)).status, 0);
  const called = spawnSync(ingot, ["call", bundleOf("callable"), "add", "2", "3"], { encoding: "utf8", env: environment });
  assert.equal(called.stdout, "5\n", called.stderr);
  assert.equal(called.stderr, "ready\n", "what the guest prints is no result");
  const refused = run("library", []);
  assert.equal(refused.status, 3);
  assert.match(refused.stderr, /neither _start nor _initialize.*ingot call/);
});

await runAll();
