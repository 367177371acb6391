// SPDX-License-Identifier: Apache-2.0
// The object in a bundle is an island, by the word of binutils' readelf and not of our own audit: one exported symbol, no undefined one, no
// library needed, nothing that runs by itself at load, nothing both writable and executable, relocated before it runs and read-only after.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { assert, runAll, test } from "./lib/check.mjs";
import { bin, cast, temporaryFolder } from "./lib/server.mjs";

const folder = temporaryFolder();
process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));

/** The objects of a bundle, by abi/format/FORMAT.md: a header of 32 bytes, a table of 32 bytes a section, the manifest first. */
function objectsOf(file) {
  const bytes = fs.readFileSync(file);
  assert.equal(bytes.subarray(0, 8).toString("latin1"), "\x89INGOT\r\n", file);
  const sections = Array.from({ length: bytes.readUInt32LE(12) }, (_, index) => {
    const at = 32 + 32 * index;
    const offset = Number(bytes.readBigUInt64LE(at + 8)), length = Number(bytes.readBigUInt64LE(at + 16));
    return { kind: bytes.readUInt32LE(at), bytes: bytes.subarray(offset, offset + length) };
  });
  const manifest = JSON.parse(sections[0].bytes.toString());
  return sections.filter(({ kind }) => kind === 2).map(({ bytes: object }, index) => {
    return { level: manifest.targets[index].level, bytes: object };
  });
}

function readelf(object, ...options) {
  const file = path.join(folder, "object.so");
  fs.writeFileSync(file, object);
  const result = spawnSync("readelf", ["--wide", ...options, file], { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
  if (result.error) throw result.error;
  assert.equal(result.status, 0, result.stderr);
  assert.equal(result.stderr, "", "readelf has nothing to warn of");
  return result.stdout;
}

function checkDynamic(object) {
  const text = readelf(object, "-d");
  const tags = [...text.matchAll(/^ 0x[0-9a-f]+ \((\w+)\)/gm)].map((match) => match[1]);
  // Whatever is not on this list needs a look before it may be there: NEEDED, INIT, FINI_ARRAY, TEXTREL, RUNPATH, JMPREL...
  const known = ["FLAGS", "FLAGS_1", "RELA", "RELASZ", "RELAENT", "RELACOUNT", "SYMTAB", "SYMENT", "STRTAB", "STRSZ", "GNU_HASH", "HASH", "SONAME", "NULL"];
  assert.deepEqual(tags.filter((tag) => !known.includes(tag)), []);
  assert.ok(tags.includes("SYMTAB") && tags.includes("NULL"), text);
  assert.match(text, /\(FLAGS\)\s+.*BIND_NOW/);
  assert.match(text, /\(FLAGS_1\)\s+Flags: .*NOW/);
}

function checkSymbols(object) {
  const rows = [...readelf(object, "-s", "-D").matchAll(/^ +\d+: +[0-9a-f]+ +\d+ (\w+) +(\w+) +(\w+) +(\w+) *(\S*)/gm)]
    .map(([, type, bind, , section, name]) => ({ type, bind, section, name }));
  const [none, ...symbols] = rows;
  assert.deepEqual(none, { type: "NOTYPE", bind: "LOCAL", section: "UND", name: "" });  // the empty symbol that every table begins with
  assert.equal(symbols.length, 1, JSON.stringify(symbols));
  assert.equal(symbols[0].name, "ingot_descriptor_v1");
  assert.equal(symbols[0].type, "OBJECT");
  assert.notEqual(symbols[0].section, "UND");
  // The full symbol table, where there is one, may name functions for debuggers, but nothing that is to be found elsewhere.
  const undefinedSymbols = [...readelf(object, "-s").matchAll(/ UND (\S+)$/gm)].map((match) => match[1]);
  assert.deepEqual(undefinedSymbols, []);
}

function checkRelocations(object) {
  const types = new Set([...readelf(object, "-r").matchAll(/^[0-9a-f]{16} +[0-9a-f]+ +(R_\w+)/gm)].map((match) => match[1]));
  types.delete("R_X86_64_RELATIVE");
  assert.deepEqual([...types], [], "only relative relocations: nothing is looked up and nothing is called to relocate");
}

function checkSegments(object) {
  const segments = [...readelf(object, "-l").matchAll(/^  (\w+) +0x[0-9a-f]+ (0x[0-9a-f]+) 0x[0-9a-f]+ 0x[0-9a-f]+ (0x[0-9a-f]+) ([R ])([W ])([E ]) /gm)]
    .map(([, type, address, size, , write, execute]) => ({ type, begin: Number(address), end: Number(address) + Number(size), write: write === "W", execute: execute === "E" }));
  const of = (type) => segments.filter((segment) => segment.type === type);
  assert.ok(of("LOAD").length >= 2);
  assert.deepEqual(segments.filter(({ write, execute }) => write && execute), [], "W^X");
  assert.equal(of("LOAD").filter(({ execute }) => execute).length, 1, "one text");
  assert.equal(of("GNU_STACK").length, 1);
  assert.equal(of("GNU_STACK")[0].execute, false);
  assert.deepEqual(segments.filter(({ type }) => type === "INTERP" || type === "TLS"), []);
  // RELRO: the descriptor's tables and the dynamic section are read-only once relocated.
  assert.equal(of("GNU_RELRO").length, 1);
  const [relro] = of("GNU_RELRO"), [dynamic] = of("DYNAMIC");
  assert.ok(relro.begin <= dynamic.begin && dynamic.end <= relro.end);
  const writable = of("LOAD").filter(({ write }) => write);
  const loose = writable.filter(({ begin, end }) => begin < relro.begin || end > Math.ceil(relro.end / 4096) * 4096);
  const looseBytes = loose.reduce((sum, { begin, end }) => sum + end - begin, 0);
  assert.ok(looseBytes <= 8, `${looseBytes} bytes stay writable: only the pointer to the runtime's table may`);
}

function checkSections(object) {
  const names = [...readelf(object, "-S").matchAll(/^  \[ *\d+\] (\S+)/gm)].map((match) => match[1]);
  assert.ok(names.includes(".text"), names.join(" "));
  // A .got of relative relocations inside RELRO is only addresses; what is called through a loader's hands (.plt, .got.plt) is not.
  assert.deepEqual(names.filter((name) => /^\.(init|fini|ctors|dtors|preinit|tdata|tbss|plt|got\.plt|interp)/.test(name)), []);
}

const levels = ["x86-64-v2", "x86-64-v3"];  // what ingotc casts for unless told otherwise
const bundles = ["good", "testing", "testing-next"].flatMap((kind) => {
  const parent = path.join(cast, kind);
  if (!fs.existsSync(parent)) return [];
  return fs.readdirSync(parent, { recursive: true }).filter((name) => name.endsWith(".ingot")).map((name) => path.join(parent, name));
});
// Modules that others wrote, when tests/npm/compare.mjs has cast them before.
const npm = path.join(path.dirname(path.resolve(cast)), "npm");
if (fs.existsSync(npm)) bundles.push(...fs.readdirSync(npm).filter((name) => name.endsWith(".ingot") && !/\.x86-64-v\d\.ingot$/.test(name)).map((name) => path.join(npm, name)));

test("there are bundles to look at, among them every business module", () => {
  for (const name of ["core", "crm", "accounting", "invoicing"]) assert.ok(bundles.some((file) => file.endsWith(`/${name}.ingot`)), name);
});

for (const bundle of bundles) {
  test(`${path.basename(bundle)}: its objects are islands`, () => {
    const objects = objectsOf(bundle);
    // Test guests are cast for one level; business modules and those from npm as users get them.
    if (!bundle.startsWith(path.join(cast, "testing"))) assert.deepEqual(objects.map(({ level }) => level), levels);
    assert.ok(objects.length > 0 && objects.every(({ level }) => levels.includes(level)));
    for (const { bytes } of objects) {
      assert.match(readelf(bytes, "-h"), /Type: +DYN/);
      for (const check of [checkDynamic, checkSymbols, checkRelocations, checkSegments, checkSections]) check(bytes);
    }
  });
}

test("ingotc audit has nothing to object to either", () => {
  for (const bundle of bundles) {
    const { status, stderr } = spawnSync(path.join(bin, "ingotc"), ["audit", bundle], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  }
});

test("these checks can fail: a shared library of the system is no island", () => {
  const library = fs.readFileSync(["/lib/x86_64-linux-gnu/libm.so.6", "/lib64/libm.so.6"].find((file) => fs.existsSync(file)));
  for (const check of [checkDynamic, checkSymbols, checkSections]) assert.throws(() => check(library), assert.AssertionError, check.name);
});

await runAll();
