// SPDX-License-Identifier: Apache-2.0
// What `ingotc build` does with input that cannot become a bundle: an exit code that tells the kinds apart (3 the module, 1 the file, 2 the
// words, 4 the tools), a message with reason and place, and nothing left behind: no output, no temporary file, no child process, no key.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { assert, runAll, test } from "./lib/check.mjs";
import { bin, temporaryFolder } from "./lib/server.mjs";

const ingotc = path.join(bin, "ingotc");

// ---- a place that can be checked for leftovers ----

const root = temporaryFolder();
process.on("exit", () => fs.rmSync(root, { recursive: true, force: true }));
const inputs = path.join(root, "inputs");  // what the tests write
const places = ["cwd", "tmp", "config"].map((name) => path.join(root, name));  // what ingotc may write
const [cwd, tmp, config] = places;
for (const folder of [inputs, ...places]) fs.mkdirSync(folder);
const environment = { ...process.env, TMPDIR: tmp, XDG_CONFIG_HOME: config, NO_COLOR: "1" };

/** Processes that work in our temporary folder (ingotc's children do) or carry its name in their environment. */
function processesLeft() {
  const left = [];
  for (const pid of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    try {
      const ours = fs.readlinkSync(`/proc/${pid}/cwd`).startsWith(root) || fs.readFileSync(`/proc/${pid}/environ`, "latin1").includes(root);
      if (ours) left.push(`${pid} ${fs.readFileSync(`/proc/${pid}/comm`, "latin1").trim()}`);
    } catch {
      // it ended while we looked, or is somebody else's
    }
  }
  return left;
}

function assertNothingLeft() {
  for (const folder of places) assert.deepEqual(fs.readdirSync(folder, { recursive: true }), [], `left behind in ${path.basename(folder)}`);
  assert.deepEqual(processesLeft(), []);
}

// ---- running ingotc ----

function build(input, args = [], extra = {}) {
  const result = spawnSync(ingotc, ["build", input, "-o", path.join(cwd, "out.ingot"), ...args], { encoding: "utf8", cwd, env: { ...environment, ...extra } });
  assert.equal(result.signal, null, `ingotc died by ${result.signal}\n${result.stderr}`);
  return result;
}

/** The build must fail with this code, saying all of the phrases, and leave nothing. */
function assertRefused(input, exitCode, phrases, args = [], extra = {}) {
  const { status, stdout, stderr } = build(input, args, extra);
  assert.equal(status, exitCode, stderr);
  assert.match(stderr, /^ingotc: error: \S/m);
  for (const phrase of [phrases].flat()) assert.match(stderr, phrase);
  assert.equal(stdout, "");
  assertNothingLeft();
}

let fileCount = 0;
function file(bytes, name = `${++fileCount}.wasm`) {
  const target = path.join(inputs, name);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, bytes);
  return target;
}

const assembler = fs.existsSync(`${process.env.INGOT_TOOLCHAIN}/bin/wat2wasm`) ? `${process.env.INGOT_TOOLCHAIN}/bin/wat2wasm` : "wat2wasm";
function assembled(text, ...options) {
  const source = file(text, `${++fileCount}.wat`);
  const target = source.replace(/wat$/, "wasm");
  const result = spawnSync(assembler, [source, "-o", target, ...options], { encoding: "utf8" });
  if (result.error) throw result.error;
  assert.equal(result.status, 0, result.stderr);
  return target;
}

/** A module of these sections, as hex. */
const wasm = (...sections) => Buffer.from("0061736d01000000" + sections.join("").replaceAll(" ", ""), "hex");

/** Numbers that look random and are the same in every run (xorshift32). */
function randomBytes(length, seed) {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ++at) {
    seed ^= seed << 13, seed ^= seed >>> 17, seed ^= seed << 5;
    bytes[at] = seed >>> 24;
  }
  return bytes;
}

// One of everything: imports, memory, table, global, data, start, names.
const wholeText = `(module
  (import "host" "log" (func $log (param i32 i32)))
  (memory (export "memory") 1 4)
  (table 2 funcref) (elem (i32.const 0) $start $alloc)
  (global $heap (mut i32) (i32.const 1024))
  (data (i32.const 0) "started")
  (func $start (call $log (i32.const 0) (i32.const 7)))
  (func $alloc (export "alloc") (param i32) (result i32)
    (global.get $heap) (global.set $heap (i32.add (global.get $heap) (local.get 0))))
  (func (export "handle") (param i32 i32 i32) (result i64)
    (if (local.get 0) (then (call_indirect (i32.const 0))))
    (i64.const 0))
  (start $start))`;

// ---- the file ----

test("a missing file, a pipe and a device: exit code 1", () => {
  assertRefused(path.join(inputs, "nowhere.wasm"), 1, [/nowhere\.wasm/, /No such file/]);
  const pipe = path.join(inputs, "pipe.wasm");
  assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
  assertRefused(pipe, 1, [/pipe\.wasm/, /not a regular file/]);
  assertRefused("/dev/zero", 1, [/\/dev\/zero/, /not a regular file/]);
  const locked = file(wasm());
  fs.chmodSync(locked, 0);
  if (process.getuid() === 0) console.log("SKIPPED: a file without read permission (root reads everything)");
  else assertRefused(locked, 1, /Permission denied/);
});

test("an empty file", () => assertRefused(file(""), 3, [/the file is empty/, /offset 0x0/]));

test("an enormous file", () => {
  const target = file("");
  fs.truncateSync(target, 300 * 1024 * 1024);
  assertRefused(target, 3, [/larger than the 268435456 bytes/]);
});

test("text instead of a module", () => assertRefused(file("(module)"), 3, [/not a WebAssembly module/, /offset 0x0/]));

test("a module cut off at every length", () => {
  const whole = fs.readFileSync(assembled(wholeText, "--debug-names"));
  const boundaries = new Set();
  for (let at = 8; at < whole.length; at += 2 + whole[at + 1]) boundaries.add(at);  // every section here is shorter than 128 bytes
  const reasons = new Set();
  for (let length = 0; length < whole.length; ++length) {
    const { status, stderr } = build(file(whole.subarray(0, length), "cut.wasm"), ["--contract", "eerp", "--check-only"]);
    if (status === 0 && boundaries.has(length)) continue;  // without data or names it is a whole module again
    assert.equal(status, 3, `cut at ${length}: ${stderr}`);
    assert.match(stderr, /offset 0x[0-9a-f]+|missing export/, `cut at ${length}`);
    reasons.add(stderr.replace(/0x[0-9a-f]+/g, "N"));
  }
  assert.ok(reasons.size >= 4, [...reasons].join(""));
  assertNothingLeft();
});

test("a module cut off in the middle, by the full road to a bundle", () => {
  const whole = fs.readFileSync(assembled(wholeText));
  for (const part of [0.3, 0.6, 0.95]) assertRefused(file(whole.subarray(0, Math.floor(whole.length * part))), 3, [/unexpected end/, /offset 0x/]);
});

test("random bytes, with and without a module's header: always exit code 3", () => {
  for (let seed = 1; seed <= 60; ++seed) {
    const noise = randomBytes(seed * 37, seed);
    assertRefused(file(noise, "noise.wasm"), 3, [/not a WebAssembly module/]);
    // With the header in front, what follows may by chance be a module of no sections that matter, never a crash.
    assertRefused(file(Buffer.concat([wasm(), noise]), "noise.wasm"), 3, [/offset 0x/]);
  }
});

test("a good module with one byte changed, 300 times: accepted or exit code 3, never a crash", () => {
  const whole = fs.readFileSync(assembled(wholeText));
  let refused = 0;
  for (let round = 1; round <= 300; ++round) {
    const [a, b, value] = randomBytes(3, round * 7919);
    const changed = Buffer.from(whole);
    changed[8 + ((a << 8) | b) % (whole.length - 8)] ^= value | 1;
    const { status, stderr } = build(file(changed, "changed.wasm"), ["--contract", "eerp", "--check-only"]);
    assert.ok(status === 0 || status === 3, `round ${round}: exit code ${status}\n${stderr}`);
    refused += status === 3;
  }
  assert.ok(refused > 100);
  assertNothingLeft();
});

// ---- features that are refused by name ----

const nothingType = "01 04 01 60 00 00";  // (type (func))
const oneFunction = nothingType + "03 02 01 00";
const refusedFeatures = [
  ["shared memory", wasm("05 04 01 03 01 01"), /threads proposal/, /section memory/],  // (memory 1 1 shared)
  // (memory 1) (func (drop (i32.atomic.load (i32.const 0))))
  ["atomics", wasm(oneFunction, "05 03 01 00 01", "0a 0b 01 09 00 41 00 fe 10 02 00 1a 0b"), /threads proposal/, /section code/],
  ["a struct type", wasm("01 03 01 5f 00"), /gc proposal/, /section type/],  // (type (struct))
  ["an array type", wasm("01 04 01 5e 7f 00"), /gc proposal/, /section type/],  // (type (array i32))
  ["a recursion group", wasm("01 06 01 4e 01 60 00 00"), /gc proposal|function-references/, /section type/],  // (rec (type (func)))
  ["i31 references", wasm("01 05 01 60 01 6c 00"), /gc proposal/, /section type/],  // (type (func (param i31ref)))
  ["a tag", wasm(nothingType, "0d 03 01 00 00"), /exception-handling proposal/, /section tag/],  // (tag)
  ["throw", wasm(oneFunction, "0a 06 01 04 00 08 00 0b"), /exception-handling proposal/, /section code/],  // (func (throw 0))
  ["try", wasm(oneFunction, "0a 07 01 05 00 06 40 0b 0b"), /exception-handling proposal/, /section code/],  // (func (try (do)))
  ["try_table", wasm(oneFunction, "0a 08 01 06 00 1f 40 00 0b 0b"), /exception-handling proposal/, /section code/],
  ["return_call", wasm(oneFunction, "0a 06 01 04 00 12 00 0b"), /tail-call proposal/, /section code/],  // (func $f (return_call $f))
  ["return_call_indirect", wasm(oneFunction, "04 04 01 70 00 01", "0a 09 01 07 00 41 00 13 00 00 0b"), /tail-call proposal/, /section code/],
  ["a 64-bit memory", wasm("05 03 01 04 01"), /memory64 proposal/, /section memory/],  // (memory i64 1)
  ["a 64-bit table", wasm("04 04 01 70 04 01"), /memory64 proposal/, /section table/],  // (table i64 1 funcref)
  ["two memories", wasm("05 05 02 00 01 00 01"), /multi-memory proposal/, /section memory/],  // (memory 1) (memory 1)
  ["pages of one byte", wasm("05 04 01 08 01 00"), /custom-page-sizes proposal/, /section memory/],  // (memory 1 (pagesize 1))
  ["typed function references", wasm("01 08 02 60 00 00 60 01 64 00 00"), /function-references proposal/, /section type/],  // (param (ref 0))
];
for (const [name, bytes, reason, place] of refusedFeatures) {
  test(`a module that needs ${name}`, () => assertRefused(file(bytes), 3, [reason, place, /offset 0x/]));
}

test("a component", () => assertRefused(file(Buffer.from("0061736d0d000100", "hex")), 3, [/component/, /core module/, /offset 0x4/]));
test("an unknown version of the format", () => assertRefused(file(Buffer.from("0061736d02000000", "hex")), 3, [/unknown version/, /offset 0x4/]));

// ---- modules that are not well-formed ----

const malformed = [
  ["an unknown section", wasm("0e 00"), /unknown section 14/],
  ["sections out of order", wasm("05 03 01 00 01", nothingType), /section type is out of order/],
  ["a section given twice", wasm(nothingType, nothingType), /section type is out of order/],
  ["a section longer than the file", wasm("01 7f 01"), /unexpected end/],
  ["a section shorter than its content", wasm("05 04 01 00 01 00"), /bytes are left over/],
  ["a number of six bytes", wasm("01 06 80 80 80 80 80 00"), /malformed number/],
  ["a count of four thousand million types", wasm("01 05 ff ff ff ff 0f"), /too many types|unexpected end/],
  ["an unknown value type", wasm("01 05 01 60 01 13 00"), /unknown value type/],
  ["an unknown instruction", wasm(oneFunction, "0a 05 01 03 00 ff 0b"), /unknown instruction 0xff/],
  ["functions without bodies", wasm(oneFunction), /disagree on the number of functions/],
  ["an export of what is not there", wasm("07 05 01 01 61 00 00"), /something that does not exist/],
  ["a name exported twice", wasm("05 03 01 00 01", "07 09 02 01 61 02 00 01 61 02 00"), /exported twice/],
  ["a name that is not UTF-8", wasm("05 03 01 00 01", "07 05 01 01 ff 02 00"), /not UTF-8/],
  ["a start function that is not there", wasm("08 01 00"), /start function does not exist/],
  ["a memory of 65537 pages", wasm("05 05 01 00 81 80 04"), /larger than 65536 pages/],
  ["a maximum below the minimum", wasm("05 04 01 01 02 01"), /maximum is below its minimum/],
];
for (const [name, bytes, reason] of malformed) {
  test(`malformed: ${name}`, () => assertRefused(file(bytes), 3, [reason, /offset 0x|section/]));
}

const bodyOf = (...code) => {
  const number = (value) => value < 128 ? [value] : [(value & 127) | 128, ...number(value >>> 7)];
  const body = [...code.flat(), 0x0b];
  const sized = [1, ...number(body.length), ...body];
  return Buffer.concat([wasm(oneFunction), Buffer.from([0x0a, ...number(sized.length), ...sized])]);
};
test("1001 nested blocks", () => {
  const [open, close] = [Array(1001).fill([0x02, 0x40]).flat(), Array(1001).fill(0x0b)];
  assertRefused(file(bodyOf(0, open, close)), 3, [/nest deeper than 1000/, /section code/]);
});
test("50001 locals", () => assertRefused(file(bodyOf(1, 0xd1, 0x86, 0x03, 0x7f)), 3, [/50001 locals/, /section code/]));

test("types that do not fit: wrong result, too few operands, unknown local", () => {
  for (const code of ["(func (result i32) (i64.const 0))", "(func (drop (i32.add (i32.const 1))))", "(func (drop (local.get 3)))",
                      "(func (br 7))", "(func (call 9))", "(func (i32.store (i32.const 0) (i32.const 0)))"]) {
    assertRefused(assembled(`(module ${code})`, "--no-check"), 3, [/not a valid module/, /offset 0x/]);
  }
});

// ---- the contract ----

const contractBreaches = [
  ["an unknown import", `(import "host" "quary" (func (param i32 i32 i32 i32) (result i32)))`, /unknown import host\.quary/, /offset 0x/, /did you mean host\.query/],
  ["an import from nowhere", `(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))`,
   /unknown import wasi_snapshot_preview1\.fd_write/, /offset 0x/],
  ["an import of the wrong type", `(import "host" "log" (func (param i64)))`, /import host\.log has the wrong type/, /expected .*i32.*, got .*i64/, /offset 0x/],
  ["an imported memory", `(import "host" "memory" (memory 1))`, /host\.memory is a memory/, /only functions can be imported/],
  ["an imported global", `(import "host" "log" (global i32))`, /host\.log is a global/],
  ["no memory", `(func (export "init"))`, /missing export memory/],
  ["a function called memory", `(func (export "memory"))`, /export memory is not a memory/],
  ["handle without alloc", `(memory (export "memory") 1) (func (export "handle") (param i32 i32 i32) (result i64) (i64.const 0))`, /missing export alloc/],
  ["an alloc of the wrong type", `(memory (export "memory") 1) (func (export "alloc") (param i64) (result i32) (i32.const 0))
    (func (export "handle") (param i32 i32 i32) (result i64) (i64.const 0))`, /export alloc has the wrong type/],
  ["a handle of the wrong type", `(memory (export "memory") 1) (func (export "handle") (param i32) (result i64) (i64.const 0))`, /export handle has the wrong type/],
  ["migrate without migrate_len", `(memory (export "memory") 1) (func (export "migrate") (result i32) (i32.const 0))`, /missing export migrate_len/],
  ["migrate_len without migrate", `(memory (export "memory") 1) (func (export "migrate_len") (result i32) (i32.const 0))`, /missing export migrate/],
  ["an init that wants arguments", `(memory (export "memory") 1) (func (export "init") (param i32))`, /export init has the wrong type/],
  ["routes without handle", `(import "host" "register_route" (func (param i32 i32 i32 i32 i32) (result i32))) (memory (export "memory") 1)`, /missing export handle/],
];
for (const [name, text, ...phrases] of contractBreaches) {
  test(`contract: ${name}`, () => assertRefused(assembled(`(module ${text})`), 3, phrases, ["--contract", "eerp"]));
}

test("contract: an unknown import is refused without --contract, too, and the message says what would build it", () => {
  assertRefused(assembled(`(module (import "env" "puts" (func (param i32) (result i32))))`), 3, [/unknown import env\.puts/, /--contract none/]);
});

// ---- module folders ----

const good = () => fs.readFileSync(assembled(wholeText));
const moduleFolders = [
  ["without module.json", { "m.wasm": good }, /needs a module\.json/],
  ["whose module.json is not JSON", { "m.wasm": good, "module.json": '{"name":"m",' }, /module\.json: not JSON/],
  ["whose module.json is empty", { "m.wasm": good, "module.json": "" }, /module\.json: not JSON/],
  ["whose module.json is an array", { "m.wasm": good, "module.json": "[]" }, /module\.json: not a JSON object/],
  ["whose module.json is not UTF-8", { "m.wasm": good, "module.json": Buffer.from('{"name":"\xff"}', "latin1") }, /module\.json: not UTF-8/],
  ["whose name is a number", { "m.wasm": good, "module.json": '{"name":7}' }, /module\.json: name is not a string/],
  ["whose name is 300 bytes long", { "m.wasm": good, "module.json": JSON.stringify({ name: "n".repeat(300) }) }, /name is longer than 255 bytes/],
  ["whose module.json is 2 MiB long", { "m.wasm": good, "module.json": JSON.stringify({ name: "m", text: "x".repeat(2 << 20) }) }, /module\.json: larger than/],
  ["without a module", { "module.json": '{"name":"m"}' }, /no \*\.wasm file/],
  ["with two modules", { "a.wasm": good, "b.wasm": good, "module.json": '{"name":"m"}' }, /several \*\.wasm files \(a\.wasm, b\.wasm\)/],
  ["whose wasm_path leads nowhere", { "m.wasm": good, "module.json": '{"name":"m","wasm_path":"x.wasm"}' }, /wasm_path names .*x\.wasm/],
  ["whose module is cut off", { "m.wasm": () => good().subarray(0, 40), "module.json": '{"name":"m"}' }, /unexpected end/],
];
for (const [at, [name, files, reason]] of moduleFolders.entries()) {
  test(`a folder ${name}`, () => {
    for (const [file_name, content] of Object.entries(files)) file(typeof content === "function" ? content() : content, `folder${at}/${file_name}`);
    assertRefused(path.join(inputs, `folder${at}`), 3, reason);
  });
}

// ---- words, tools, outputs ----

test("wrong words: exit code 2 and a hint", () => {
  const input = assembled(wholeText);
  for (const words of [[], ["build"], ["cast", input], ["build", input, "--contract", "extism9"], ["build", input, "--target", "x86-64-v9"],
                       ["build", input, "-O", "fastest"], ["build", input, "--nonsense"], ["build", input, "--unsigned", "--key", "k"], ["build", input, input]]) {
    const { status, stderr, stdout } = spawnSync(ingotc, words, { encoding: "utf8", cwd, env: environment });
    assert.equal(status, 2, `${words.join(" ")}: ${stderr}${stdout}`);
    assert.notEqual(stderr, "", words.join(" "));
    assertNothingLeft();
  }
});

test("a key that is none: exit code 1, the file named", () => {
  assertRefused(assembled(wholeText), 1, /nowhere\.key/, ["--key", path.join(inputs, "nowhere.key")]);
  assertRefused(assembled(wholeText), 1, /broken\.key/, ["--key", file("not a key", "broken.key")]);
});

test("a missing or failing tool: exit code 4, the tool named", () => {
  assertRefused(assembled(wholeText), 4, /clang/, [], { INGOT_CLANG: "/nonexistent/clang" });
  assertRefused(assembled(wholeText), 4, /clang/, [], { INGOT_CLANG: "/bin/false" });
});

test("an output that cannot be written: exit code 1, nothing of it left", () => {
  for (const output of ["no/such/folder/out.ingot", "."]) {
    const { status, stderr } = spawnSync(ingotc, ["build", assembled(wholeText), "-O", "dev", "--unsigned", "-o", output], { encoding: "utf8", cwd, env: environment });
    assert.equal(status, 1, stderr);
    assertNothingLeft();
  }
});

test("an earlier output survives a build that fails", () => {
  const output = path.join(inputs, "kept.ingot");
  fs.writeFileSync(output, "the earlier one");
  const { status } = spawnSync(ingotc, ["build", file(wasm("0e 00")), "-o", output], { encoding: "utf8", cwd, env: environment });
  assert.equal(status, 3);
  assert.equal(fs.readFileSync(output, "utf8"), "the earlier one");
  assertNothingLeft();
});

test("control characters of a hostile name never reach the terminal", () => {
  const { status, stderr } = build(assembled(`(module (import "host" "\\1b[2J\\07" (func)))`), ["--contract", "eerp"]);
  assert.equal(status, 3);
  assert.doesNotMatch(stderr, /[\x00-\x09\x0b-\x1f\x7f]/);
});

test("--json: the error is one JSON object on stdout", () => {
  const cases = [
    [path.join(inputs, "nowhere.wasm"), 1, "io"],
    [file(""), 3, "invalid_wasm"],
    [file(wasm("05 04 01 03 01 01")), 3, "unsupported_wasm"],
    [assembled(`(module (import "host" "quary" (func)))`), 3, "contract"],
  ];
  for (const [input, exitCode, code] of cases) {
    const { status, stdout, stderr } = build(input, ["--json"]);
    assert.equal(status, exitCode, stderr);
    assert.notEqual(stdout, "", `nothing on stdout for ${code}`);
    const answer = JSON.parse(stdout);
    assert.equal(answer.error.code, code);
    assert.ok(answer.error.message.length > 0);
    assert.equal(answer.exit_code, exitCode);
    assertNothingLeft();
  }
});

// ---- interruption ----

/** A module that takes long to compile: many functions, each with loops over many variables. */
function longBuild() {
  const functions = [];
  for (let at = 0; at < 300; ++at) {
    const steps = [];
    for (let step = 0; step < 60; ++step) {
      const [to, a, b] = [step % 12, (step * 5 + at) % 12, (step * 7 + 3) % 12];
      steps.push(`(local.set ${to} (i64.add (i64.mul (local.get ${a}) (i64.const ${at * 61 + step})) (i64.rotl (local.get ${b}) (local.get ${to}))))`);
    }
    const locals = Array(11).fill("i64").join(" ");
    functions.push(`(func (export "f${at}") (param i64) (result i64) (local ${locals}) (loop ${steps.join("")} (br_if 0 (i64.eqz (local.get 0)))) (local.get 1))`);
  }
  return assembled(`(module ${functions.join("\n")})`);
}

let longModule;
async function interruptWhen(condition, signal) {
  longModule ??= longBuild();
  const child = spawn(ingotc, ["build", longModule, "-o", path.join(cwd, "out.ingot")], { cwd, env: environment, stdio: "ignore" });
  const ended = new Promise((resolve) => child.on("close", (code, by) => resolve({ code, signal: by })));
  try {
    const late = Date.now() + 120_000;
    while (!condition() && child.exitCode === null && Date.now() < late) await sleep(5);
    assert.equal(child.exitCode, null, "the build ended before it could be interrupted");
    assert.ok(Date.now() < late, "the moment to interrupt never came");
    child.kill(signal);
    const begin = Date.now();
    const result = await ended;
    return { ...result, milliseconds: Date.now() - begin };
  } finally {
    child.kill("SIGKILL");
  }
}

const scratchExists = () => fs.readdirSync(tmp).length > 0;
const clangRuns = () => processesLeft().some((text) => text.includes("clang"));

for (const [signal, exitCode] of [["SIGINT", 130], ["SIGTERM", 143]]) {
  for (const [moment, condition] of [["as soon as there is a temporary folder", scratchExists], ["while clang runs", clangRuns]]) {
    test(`${signal} ${moment}: exit code ${exitCode}, nothing left`, async () => {
      const { code, signal: by, milliseconds } = await interruptWhen(condition, signal);
      assert.equal(code, exitCode, `ended by ${by ?? code}`);
      assert.ok(milliseconds < 5000, `took ${milliseconds} ms to stop`);
      assertNothingLeft();
    });
  }
}

test("SIGKILL while clang runs: no child outlives it", async () => {
  await interruptWhen(clangRuns, "SIGKILL");
  const late = Date.now() + 5000;
  while (processesLeft().length > 0 && Date.now() < late) await sleep(20);
  assert.deepEqual(processesLeft(), []);
  for (const folder of places) assert.deepEqual(fs.readdirSync(folder).filter((name) => !name.startsWith("ingotc-")), []);
  for (const name of fs.readdirSync(tmp)) fs.rmSync(path.join(tmp, name), { recursive: true });
});

await runAll();
