// SPDX-License-Identifier: Apache-2.0
// Modules that nobody here wrote, installed from npm by name and version, cast by ingotc and called natively. Every line of a replayed
// script must equal what Node's own engine gives, for each CPU level in the bundle that this machine can run. A few results are also
// compared with published vectors and with OpenSSL, so that two engines being wrong in the same way is noticed.
import { spawnSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { assert, runAll, test } from "../e2e/lib/check.mjs";
import { bin, cast } from "../e2e/lib/server.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const work = path.join(path.dirname(path.resolve(cast)), "npm");
const modules = [
  { name: "source-map", wasm: "source-map/lib/mappings.wasm", script: "source-map.json" },
  { name: "dprint-json", wasm: "@dprint/json/plugin.wasm", script: "dprint-json.json" },
  { name: "argon2", wasm: "argon2-browser/dist/argon2.wasm", script: "argon2.json" },
  { name: "argon2-simd", wasm: "argon2-browser/dist/argon2-simd.wasm", script: "argon2.json" },
  { name: "tiny-secp256k1", wasm: "tiny-secp256k1/lib/secp256k1.wasm", script: "tiny-secp256k1.json" },
];
const levels = ["x86-64-v2", "x86-64-v3"];
const wasmOf = (module) => path.join(work, "node_modules", module.wasm);
const bundleOf = (module, level) => path.join(work, level ? `${module.name}.${level}.ingot` : `${module.name}.ingot`);

function program(command, args, options = {}) {
  const begin = performance.now();
  const result = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
  if (result.error) throw result.error;
  assert.equal(result.status, 0, `${path.basename(command)} ${args.join(" ")} ended with ${result.status ?? result.signal}:\n${result.stderr}${result.stdout}`);
  return { stdout: result.stdout, seconds: (performance.now() - begin) / 1000 };
}

const newer = (file, ...sources) => fs.existsSync(file) && sources.every((source) => fs.statSync(file).mtimeMs > fs.statSync(source).mtimeMs);

/** `npm ci` into the build folder, never into the repository. The stamp holds the lock file that was installed. */
function install() {
  const lock = fs.readFileSync(path.join(here, "package-lock.json"), "utf8");
  const stamp = path.join(work, "node_modules", ".installed");
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === lock) return;
  fs.mkdirSync(work, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) fs.copyFileSync(path.join(here, file), path.join(work, file));
  const { seconds } = program("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: work });
  fs.writeFileSync(stamp, lock);
  console.log(`         npm ci took ${seconds.toFixed(1)} s`);
}

/** One bundle with both levels, and from it one bundle for each, so that each object can be called. */
function castModule(module) {
  const ingotc = path.join(bin, "ingotc"), forge = path.join(bin, "forge");
  if (!newer(bundleOf(module), wasmOf(module), ingotc)) {
    const targets = levels.flatMap((level) => ["--target", level]);
    const { seconds } = program(ingotc, ["build", wasmOf(module), "-o", bundleOf(module), "--contract", "none", "--unsigned", ...targets]);
    console.log(`         cast ${module.name}: ${fs.statSync(wasmOf(module)).size} bytes of wasm in ${seconds.toFixed(1)} s`);
  }
  for (const level of levels) program(forge, [bundleOf(module), bundleOf(module, level), "--only", level]);
}

/** The levels of `levels` that this machine runs; the rest is said aloud. */
function runnableLevels() {
  const flags = fs.readFileSync("/proc/cpuinfo", "utf8").match(/^flags\s*:(.*)$/m)?.[1].split(" ") ?? [];
  if (["avx2", "bmi2", "fma", "movbe"].every((flag) => flags.includes(flag))) return levels;
  console.log("SKIPPED: x86-64-v3 (this CPU lacks it)");
  return ["x86-64-v2"];
}

const native = (module, level, script) => program(path.join(bin, "replay"), [bundleOf(module, level), script]);
const node = (module, script) => program(process.execPath, [path.join(here, "replay.mjs"), wasmOf(module), script]);

const linesOf = (text) => text.trimEnd().split("\n");
function assertSameLines(actual, expected, what) {
  const [ours, theirs] = [linesOf(actual), linesOf(expected)];
  for (let at = 0; at < Math.max(ours.length, theirs.length); ++at) {
    assert.equal(ours[at], theirs[at], `${what}: line ${at + 1} differs from Node's engine`);
  }
}

/** Runs steps made here on both engines and gives the lines as objects, the same for all. */
function askBoth(module, name, steps, imports = {}) {
  const script = path.join(work, `${name}.json`);
  fs.writeFileSync(script, JSON.stringify({ imports, steps }));
  const theirs = node(module, script).stdout;
  for (const level of runnable) assertSameLines(native(module, level, script).stdout, theirs, `${name} on ${level}`);
  return linesOf(theirs).map((line) => JSON.parse(line));
}

let runnable = [];
test("the modules are installed by npm and cast", () => {
  install();
  runnable = runnableLevels();
  for (const module of modules) castModule(module);
});

for (const module of modules) {
  test(`${module.name}: native results equal those of Node's engine`, () => {
    const script = path.join(here, "scripts", module.script);
    const theirs = node(module, script);
    assert.ok(linesOf(theirs.stdout).length > 10);
    assert.doesNotMatch(theirs.stdout, /"trap"/, "the script is meant to run through");
    const times = [`node ${theirs.seconds.toFixed(2)} s`];
    for (const level of runnable) {
      const ours = native(module, level, script);
      assertSameLines(ours.stdout, theirs.stdout, `${module.name} on ${level}`);
      times.push(`${level} ${ours.seconds.toFixed(2)} s`);
    }
    console.log(`         ${linesOf(theirs.stdout).length} lines; whole processes: ${times.join(", ")}`);
  });
}

test("argon2: scalar and SIMD give the same hashes", () => {
  const script = path.join(here, "scripts", "argon2.json");
  const hashes = modules.filter(({ name }) => name.startsWith("argon2"))
    .map((module) => linesOf(native(module, undefined, script).stdout).filter((line) => line.startsWith('{"read"')));
  assert.ok(hashes[0].length >= 6);
  assert.deepEqual(hashes[0], hashes[1]);
});

// RFC 9106 section 5: version 0x13, 3 passes, 32 KiB, 4 lanes, with a secret and associated data. By the module's number of the type.
const rfc9106 = [
  ["argon2d", 0, "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb"],
  ["argon2i", 1, "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8"],
  ["argon2id", 2, "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"],
];
for (const module of modules.filter(({ name }) => name.startsWith("argon2"))) {
  test(`${module.name}: the vectors of RFC 9106`, () => {
    for (const [name, type, tag] of rfc9106) {
      const inputs = [["password", "01".repeat(32)], ["salt", "02".repeat(16)], ["secret", "03".repeat(8)], ["data", "04".repeat(12)]];
      const steps = [{ call: "d" }];
      for (const [variable, hex] of inputs) {
        steps.push({ call: "f", args: [hex.length / 2], save: variable }, { write: { var: variable }, hex });
      }
      steps.push({ call: "f", args: [32], save: "tag" }, { call: "f", args: [512], save: "encoded" });
      const of = (variable) => ({ var: variable });
      // argon2_hash_ext(passes, KiB, lanes, password, salt, tag, encoded, type, secret, data, version)
      steps.push({ call: "l", args: [3, 32, 4, of("password"), 32, of("salt"), 16, of("tag"), 32, of("encoded"), 512, type,
                                     of("secret"), 8, of("data"), 12, 0x13] });
      steps.push({ read: of("tag"), len: 32 });
      const lines = askBoth(module, `${module.name}-${name}`, steps, { "a.a": "memcpy", "a.b": "zero" });
      assert.deepEqual(lines.at(-2), { call: "l", results: [0] });
      assert.equal(lines.at(-1).read, tag, name);
    }
  });
}

test("tiny-secp256k1: the generator, its multiples, and RFC 6979 signatures", () => {
  const module = modules.find(({ name }) => name === "tiny-secp256k1");
  const scalar = (number) => BigInt(number).toString(16).padStart(64, "0");
  // SEC 2: n G is infinity, so (n-1) G is the generator with its y negated.
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const points = new Map([
    [1n, "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"],
    [2n, "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5"],
    [order - 1n, "0379be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"],
  ]);
  for (const number of [3n, 0xdeadbeefn, order / 3n]) {  // and some that OpenSSL works out
    const key = crypto.createECDH("secp256k1");
    key.setPrivateKey(scalar(number), "hex");
    points.set(number, key.getPublicKey("hex", "compressed"));
  }
  // The vectors that Bitcoin's libraries share: private key 1, SHA-256 of the text.
  const signatures = [
    ["Satoshi Nakamoto",
     "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d82442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"],
    ["All those moments will be lost in time, like tears in rain. Time to die...",
     "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21"],
  ];
  const steps = [{ call: "initializeContext" }];
  for (const [global, variable] of [["PRIVATE_INPUT", "private"], ["PUBLIC_KEY_INPUT", "public"], ["HASH_INPUT", "hash"], ["SIGNATURE_INPUT", "signature"]]) {
    steps.push({ global, save: variable });
  }
  for (const number of points.keys()) {
    steps.push({ write: { var: "private" }, hex: scalar(number) }, { call: "pointFromScalar", args: [33] }, { read: { var: "public" }, len: 33 });
  }
  steps.push({ write: { var: "private" }, hex: scalar(1n) });
  for (const [text] of signatures) {
    steps.push({ write: { var: "hash" }, hex: crypto.createHash("sha256").update(text).digest("hex") }, { call: "sign", args: [0] },
               { read: { var: "signature" }, len: 64 });
  }
  const read = askBoth(module, "secp256k1-vectors", steps).filter((line) => line.read !== undefined).map((line) => line.read);
  assert.deepEqual(read, [...points.values(), ...signatures.map(([, signature]) => signature)]);
});

test("dprint-json: the formatted text is the same JSON, laid out as configured", () => {
  const module = modules.find(({ name }) => name === "dprint-json");
  const text = (value) => ({ length: Buffer.byteLength(value), value });
  const give = ({ length, value }) => [{ call: "clear_shared_bytes", args: [length], save: "at" }, { write: { var: "at" }, text: value }];
  const input = '{"a":1,   "b" : [1,2,3,   4], "c":{"d":null}}';
  const steps = [
    ...give(text('{"plugin":{"indentWidth":4,"lineWidth":24},"global":{}}')), { call: "register_config", args: [1] },
    ...give(text("/data/file.json")), { call: "set_file_path" },
    ...give(text(input)), { call: "format", args: [1] },
    { call: "get_formatted_text", save: "length" }, { call: "get_shared_bytes_ptr", save: "at" },
    { read: { var: "at" }, len: { var: "length" } },
  ];
  const formatted = Buffer.from(askBoth(module, "dprint-format", steps).at(-1).read, "hex").toString();
  assert.deepEqual(JSON.parse(formatted), JSON.parse(input));
  assert.match(formatted, /^\{\n    "a": 1,\n/);
});

await runAll();
