// SPDX-License-Identifier: Apache-2.0
// `ingotc inspect --symbols`: what it says of a build for a debugger is compared with the symbol table that the linker left in that object, read here
// by the System V ABI alone (chapter 4: sections, symbol table).
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { readBundle } from "./lib/bundle.mjs";
import { assert, runAll, test } from "./lib/check.mjs";
import { bin, temporaryFolder } from "./lib/server.mjs";

const folder = temporaryFolder();
function run(...args) {
  return spawnSync(path.join(bin, "ingotc"), args, { encoding: "utf8", env: { ...process.env, XDG_CONFIG_HOME: folder, TMPDIR: folder } });
}
function succeed(...args) {
  const result = run(...args);
  assert.equal(result.status, 0, result.stderr);
  return result.stdout;
}

// (module
//   (import "env" "tick" (func))
//   (memory 1)
//   (func $_ZN3crm6createEii (export "create") (param i32 i32) (result i32)
//     (call 0) (i32.store (local.get 0) (i32.rem_u (local.get 1) (i32.const 1000))) (i32.load offset=8 (local.get 0)))
//   (func $ESC[31m (export "red") (result i32) (i32.load (i32.const 0)))       ;; the name is the control sequence that makes terminals red
//   (func (export "plain") (param i32) (result i32) (loop (br_if 0 (i32.load (local.get 0)))) (local.get 0)))
const wasm = Buffer.from(
  "0061736d0100000001130460000060027f7f017f6000017f60017f017f020c0103656e76047469636b0000030403010203050301000107180306637265617465000103726564000205706c61" +
  "696e00030a2d03140010002000200141e8077036020020002802080b070041002802000b0e00034020002802000d000b20000b" +
  "002d046e616d65011b0201115f5a4e3363726d36637265617465456969" + "02051b5b33316d" + "0209040000010002000300", "hex");
const module = path.join(folder, "m.wasm");
fs.writeFileSync(module, wasm);
const names = ["env.tick", "crm::create(int, int)", "\x1b[31m", "plain"];

function built(...options) {
  const bundle = path.join(folder, `m${options.join("")}.ingot`);
  if (!fs.existsSync(bundle)) succeed("build", module, "-o", bundle, "--contract", "none", "--unsigned", "--no-cache", ...options);
  return bundle;
}
const symbolsOf = (bundle) => JSON.parse(succeed("inspect", "--symbols", "--json", bundle));

/** {name: {address, bytes}} of the functions in an object's .symtab. */
function symbolTable(elf) {
  const number = (at) => Number(elf.readBigUInt64LE(at));
  const sections = Array.from({ length: elf.readUInt16LE(60) }, (_, index) => number(40) + index * elf.readUInt16LE(58));
  const table = sections.find((at) => elf.readUInt32LE(at + 4) === 2);
  const strings = number(sections[elf.readUInt32LE(table + 40)] + 24);
  const found = {};
  for (let at = number(table + 24), end = at + number(table + 32); at < end; at += 24) {
    const name = strings + elf.readUInt32LE(at);
    if ((elf[at + 4] & 15) === 2) found[elf.toString("latin1", name, elf.indexOf(0, name))] = { address: number(at + 8), bytes: number(at + 16) };
  }
  return found;
}

test("addresses and sizes lie in the linker's symbols", () => {
  const bundle = built("--debug", "--target", "x86-64-v2"), said = symbolsOf(bundle);
  const truth = symbolTable(readBundle(fs.readFileSync(bundle)).sections[1].bytes);
  assert.deepEqual(said.functions, names.map((name, index) => ({ index, name, imported: index === 0 })));
  const [target] = said.targets;
  assert.equal(said.targets.length, 1);
  assert.equal(target.level, "x86-64-v2");
  for (const index of [1, 2, 3]) {
    const code = target.functions.find((one) => one.index === index);
    assert.ok(code, `function ${index}`);
    // The translator's name of function 1 is w2c_m_f1; clang may put all of it into the entry of its export, w2c_m_e0.
    const around = truth[`w2c_m_f${index}`] ?? truth[`w2c_m_e${index - 1}_0`] ?? truth[`w2c_m_e${index - 1}`];
    assert.ok(code.address >= around.address && code.address + code.bytes <= around.address + around.bytes, `${index}: ${JSON.stringify([code, around])}`);
    assert.equal(code.pieces, 1);
    assert.ok(code.address >= target.text_address && code.address + code.bytes <= target.text_address + target.text_bytes);
  }
});

test("every tier and target has them", () => {
  for (const options of [[], ["-O", "dev"]]) {
    const said = symbolsOf(built(...options));
    assert.deepEqual(said.targets.map(({ level }) => level), ["x86-64-v2", "x86-64-v3"]);
    for (const target of said.targets) {
      const listed = target.functions.map(({ index }) => index);
      assert.ok(listed.includes(1) && listed.includes(3), `${options}: ${listed}`);  // function 2, one load, may become part of its export's entry
      const places = target.functions.map(({ address, bytes }) => [address, address + bytes]).sort((a, b) => a[0] - b[0]);
      for (let i = 1; i < places.length; ++i) assert.ok(places[i][0] >= places[i - 1][1], "functions overlap");
    }
  }
});

test("as text: demangled, and nothing that a terminal obeys", () => {
  const text = succeed("inspect", "--symbols", built("-O", "dev"));
  assert.match(text, /^x86-64-v2: text of \d+ bytes at 0x[0-9a-f]+, \d+ functions$/m);
  assert.match(text, /^ +1 +0x[0-9a-f]+ +\d+ +1 {2}crm::create\(int, int\)$/m);
  assert.match(text, /^ +2 +0x[0-9a-f]+ +\d+ +1 {2}\?\[31m$/m);
  assert.ok(!text.includes("\x1b"));
});

test("what is no bundle, or not as its digests say: exit code 5", () => {
  assert.equal(run("inspect", "--symbols", module).status, 5);
  const bundle = fs.readFileSync(built("-O", "dev")), { sections } = readBundle(bundle);
  const symbols = sections.find(({ kind }) => kind === 3).bytes;
  bundle[bundle.indexOf(symbols) + symbols.length - 1] ^= 1;
  const changed = path.join(folder, "changed.ingot");
  fs.writeFileSync(changed, bundle);
  const result = run("inspect", "--symbols", changed);
  assert.equal(result.status, 5);
  assert.match(result.stderr, /symbols has another digest/);
});

await runAll();
