// SPDX-License-Identifier: Apache-2.0
// A table of bundles and objects that somebody tampered with. Unless the signature is what is tested, each is signed again with the trusted key, so
// that the check behind it must refuse: with exit code 5, with a reason of its own, and before anything of it is mapped.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { canonical, digestOf, keyId, kinds, layOut, page, readBundle, signature, signatureBlock, signed, tableEntry } from "./lib/bundle.mjs";
import { assert, runAll, test } from "./lib/check.mjs";
import { DT, Elf, PF, PT, R } from "./lib/elf.mjs";
import { bin, temporaryFolder } from "./lib/server.mjs";

const folder = temporaryFolder();
const environment = { ...process.env, XDG_CONFIG_HOME: path.join(folder, "config"), TMPDIR: folder };
function run(program, ...args) {
  const result = spawnSync(path.join(bin, program), args, { encoding: "utf8", env: environment });
  assert.equal(result.signal, null, `${program} ${args.join(" ")} died by ${result.signal}`);
  return result;
}
function succeed(program, ...args) {
  const result = run(program, ...args);
  assert.equal(result.status, 0, `${program} ${args.join(" ")}: ${result.stderr}`);
  return result;
}

// (module (func $answer (export "answer") (result i32) i32.const 42)), with its name section
const wasm = Buffer.from("0061736d01000000" + "0105016000017f" + "03020100" + "070a0106616e737765720000" + "0a06010400412a0b" +
                         "0010046e616d65010901000" + "6616e73776572", "hex");
const module = path.join(folder, "answer.wasm"), bundle = path.join(folder, "answer.ingot");
fs.writeFileSync(module, wasm);
const keys = {};
for (const name of ["trusted", "second", "stranger"]) {
  succeed("ingotc", "keygen", "-o", path.join(folder, name));
  keys[name] = { path: path.join(folder, `${name}.pub`), pem: fs.readFileSync(path.join(folder, `${name}.key`)) };
}
const key = keys.trusted.pem;
const trusted = ["--key", keys.trusted.path];
succeed("ingotc", "build", module, "-o", bundle, "--target", "x86-64-v2", "--key", path.join(folder, "trusted.key"));
const original = fs.readFileSync(bundle);
const good = readBundle(original);
const manifestBytes = (manifest) => Buffer.from(canonical(manifest));

/** The sections with another text for the manifest. */
const withText = (text) => [{ ...good.sections[0], bytes: Buffer.from(text) }, ...good.sections.slice(1)];
/** A bundle with a changed manifest, signed. */
function manifest(change) {
  const changed = structuredClone(good.manifest);
  change(changed);
  return signed(layOut(withText(manifestBytes(changed))), key);
}
const ofObjects = new WeakSet();
/** A bundle with a changed object that its manifest describes truly, signed. */
function object(change) {
  const elf = new Elf(good.sections[1].bytes);
  elf.bytes = change(elf) ?? elf.bytes;
  const changed = structuredClone(good.manifest);
  changed.targets[0].object_bytes = elf.bytes.length;
  changed.targets[0].object_digest = digestOf(elf.bytes);
  const sections = withText(manifestBytes(changed));
  sections[1] = { ...sections[1], bytes: elf.bytes };
  const bundle = signed(layOut(sections), key);
  ofObjects.add(bundle);
  return bundle;
}
/** A bundle whose signed part was changed in place, signed. */
function layout(change) {
  const part = layOut(good.sections);
  return signed(change(part) ?? part, key);
}
const part = layOut(good.sections);
const withBlock = (...signatures) => Buffer.concat([part, signatureBlock(signatures)]);
const past = BigInt(Math.floor(Date.now() / 1000) - 3600), future = past + 86_400n * 365n;
const revokedKey = path.join(folder, "revoked-key"), revokedDigest = path.join(folder, "revoked-digest"), state = path.join(folder, "state");
fs.writeFileSync(revokedKey, `# lost with the laptop\n${keyId(key)}  # ours\n`);
fs.writeFileSync(revokedDigest, `${digestOf(part)}\n`);

const descriptor = (elf) => elf.number(elf.symbol(1) + 8);  // its address; the offsets below are those of ingot/abi.h
const write32 = (elf, at, value) => void elf.bytes.writeUInt32LE(value, at);
const flipByte = (elf, at) => void (elf.bytes[at] ^= 1);
const retag = (tag) => (elf) => elf.set(elf.dynamic(DT.RELACOUNT), tag);
const resegment = (type) => (elf) => write32(elf, elf.segment(PT.GNU_RELRO), type);
function cpuHasLevel4() {
  const flags = fs.readFileSync("/proc/cpuinfo", "utf8").match(/^flags\s*:(.*)$/m)?.[1].split(" ") ?? [];
  return ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"].every((flag) => flags.includes(flag));
}

// [what, the file, the reason, options of `ingot call` in place of the trusted key]
const table = [
  // ---- the file's layout ----
  ["another first byte", () => layout((bytes) => void (bytes[0] = 0x88)), /not a bundle: wrong first bytes/],
  ["the format before this one", () => layout((bytes) => void bytes.writeUInt32LE(1, 8)), /format version 1, this program reads version 2/],
  ["no section", () => layout((bytes) => void bytes.writeUInt32LE(0, 12)), /header claims 0 sections/],
  ["a reserved field of the header", () => layout((bytes) => void (bytes[24] = 1)), /header has a reserved field/],
  ["a signed length off the page", () => layout((bytes) => void (bytes[16] += 1)), /impossible signed length/],
  ["the signed part cut", () => original.subarray(0, good.signedBytes - page), /its signed part is not all there/],
  ["the signatures cut", () => original.subarray(0, original.length - 8), /its signatures are not all there/],
  ["the signature block cut", () => original.subarray(0, good.signedBytes + 8), /no whole signature block/],
  ["a byte behind the end", () => Buffer.concat([original, Buffer.from([0])]), /has bytes behind its signature block/],
  ["a byte before a section", () => layout((bytes) => void (bytes[page - 1] = 1)), /bytes before section 0 are not zero/],
  ["a byte behind the last section", () => layout((bytes) => void (bytes[bytes.length - 1] = 1)), /bytes behind the last section are not zero/],
  ["two sections at one place", () => layout((bytes) => void tableEntry(bytes, 1).writeBigUInt64LE(BigInt(page), 8)), /section 1 overlaps/],
  ["a section behind a gap", () => layout((bytes) => void tableEntry(bytes, 1).writeBigUInt64LE(BigInt(3 * page), 8)), /section 1 is not where it belongs/],
  ["a section outside", () => layout((bytes) => void tableEntry(bytes, 1).writeBigUInt64LE(1n << 40n, 8)), /section 1 lies outside the signed part/],
  ["an empty section", () => layout((bytes) => void tableEntry(bytes, 1).writeBigUInt64LE(0n, 16)), /section 1 is empty/],
  ["sections out of order", () => signed(layOut([good.sections[1], good.sections[0], ...good.sections.slice(2)]), key), /section 0 is out of order/],
  ["a section of an unknown kind", () => layout((bytes) => void tableEntry(bytes, 1).writeUInt32LE(9, 0)), /section 1 is of unknown kind 9/],
  // ---- the manifest ----
  ["a manifest with a space", () => signed(layOut(withText(canonical(good.manifest).replace(":", ": "))), key), /not in canonical form/],
  ["a manifest that is no JSON", () => signed(layOut(withText("{")), key), /manifest: not JSON/],
  ["an unknown key", () => manifest((m) => (m.zeal = 1)), /zeal is an unknown key/],
  ["a missing key", () => manifest((m) => delete m.rollback), /rollback is missing/],
  ["a key twice", () => signed(layOut(withText(canonical(good.manifest).replace('"contract":', '"contract":"eerp","contract":'))), key),
    /the key contract stands twice/],
  ["another size for the object", () => manifest((m) => (m.targets[0].object_bytes += 1)), /names another size for the object of x86-64-v2/],
  ["another size for the symbols", () => manifest((m) => (m.symbols.bytes += 1)), /names another size for the symbols/],
  ["a target too many", () => manifest((m) => m.targets.push({ ...m.targets[0], level: "x86-64-v3" })), /lists other targets than the bundle holds/],
  ["another ABI", () => manifest((m) => (m.abi_version = 99)), /made for ABI version 99/],
  ["another wasm-rt.h", () => manifest((m) => (m.rt_digest = "a".repeat(64))), /^compiled against another wasm-rt\.h/],
  ["an unknown level", () => manifest((m) => (m.targets[0].level = "x86-64-v9")), /unknown CPU level 'x86-64-v9'/],
  ["a level above this CPU", () => (cpuHasLevel4() ? undefined : manifest((m) => (m.targets[0].level = "x86-64-v4"))),
    /needs a CPU of level x86-64-v4; this one lacks .*avx512f/],
  ["another module", () => manifest((m) => (m.module_digest = "b".repeat(64))), /made from another module than its manifest says/],
  ["an import that the object lacks", () => manifest((m) => m.imports.push({ kind: "function", module: "host", name: "now_ms", type: { params: [], results: ["i64"] } })),
    /calls 0 imported functions, its manifest names 1/],
  ["an export that the object lacks", () => manifest((m) => m.exports.push({ ...m.exports[0], name: "zero" })), /has 1 exports, its manifest names 2/],
  ["another kind of export", () => manifest((m) => (m.exports = [{ kind: "global", mutable: false, name: "answer", value_type: "i32" }])),
    /disagree on the kind of export 0/],
  // ---- who vouches ----
  ["no signature", () => withBlock(), /carries no signature.*ingotc sign/],
  ["a stranger's signature", () => withBlock(signature(part, keys.stranger.pem)), /signed by a key that is not trusted here/],
  ["a signature of something else", () => withBlock(signature(Buffer.concat([part, Buffer.alloc(1)]), key)), /does not fit the content/],
  ["a stranger's signature in the trusted key's name", () => withBlock(signature(part, keys.stranger.pem, { id: keyId(key) }), signature(part, keys.second.pem)),
    /does not fit the content/, [...trusted, "--key", keys.second.path], "again"],
  ["an expired signature", () => withBlock(signature(part, key, { expires: past })), /expired at 20\d\d-.*; the clock here says 20\d\d-.*ingotc sign/],
  ["an expired signature with a later end written in", () => {
    const { id, entry } = signature(part, key, { expires: past });
    entry.writeBigUInt64LE(future, 16);
    return withBlock({ id, entry });
  }, /does not fit the content/, trusted, "again"],
  ["a revoked key", () => withBlock(signature(part, key)), /key [0-9a-f]{16} is revoked here/, [...trusted, "--revoked", revokedKey]],
  ["revoked content", () => withBlock(signature(part, key)), /content is revoked here \(digest [0-9a-f]{64}\)/, [...trusted, "--revoked", revokedDigest]],
  ["an older version", () => manifest((m) => (m.rollback += 1)), /rollback counter \d+ is older than \d+ of version '.*', which has run here.*--allow-rollback/,
    [...trusted, "--state", state]],
  ["another magic of the block", () => Buffer.concat([part, Buffer.from("INGOTSAG"), Buffer.alloc(8)]), /signature block is damaged/],
  ["seventeen signatures", () => Buffer.concat([part, signatureBlock([], { count: 17 })]), /claims 17 signatures/],
  ["a reserved field of the block", () => Buffer.concat([part, signatureBlock([], { reserved: 1 })]), /signature block has a reserved field/],
  ["a malformed key id", () => withBlock(signature(part, key, { id: "XYZ0123456789abc" })), /malformed key id/],
  ["one key twice", () => withBlock(signature(part, key), signature(part, key)), /not in the order of their key ids/],
  // ---- the object's head and segments ----
  ["no ELF", () => object((elf) => flipByte(elf, 0)), /not an ELF file/],
  ["a 32-bit object", () => object((elf) => void (elf.bytes[4] = 1)), /not a 64-bit object/],
  ["a big-endian object", () => object((elf) => void (elf.bytes[5] = 2)), /not a little-endian object/],
  ["an object for another system", () => object((elf) => void (elf.bytes[7] = 9)), /made for another system/],
  ["an object for another machine", () => object((elf) => void elf.bytes.writeUInt16LE(183, 18)), /another machine than x86-64/],
  ["an executable", () => object((elf) => void elf.bytes.writeUInt16LE(2, 16)), /not a shared object/],
  ["program headers behind the end", () => object((elf) => elf.set(32, elf.bytes.length - 8)), /program headers lie outside the file/],
  ["too many program headers", () => object((elf) => void elf.bytes.writeUInt16LE(60_000, 56)), /it has 60000 program headers/],
  ["a segment behind the end", () => object((elf) => elf.set(elf.segment(PT.LOAD) + Elf.offset, 1 << 30)), /a segment lies outside the file/],
  ["a segment off its page", () => object((elf) => elf.set(elf.segment(PT.LOAD, PF.R | PF.X) + Elf.address, 0x1008)), /not aligned to its pages/],
  ["a segment far away", () => object((elf) => elf.set(elf.segments(PT.LOAD).at(-1) + Elf.address, Number.MAX_SAFE_INTEGER - 4095)),
    /lies outside any address it may have/],
  ["overlapping segments", () => object((elf) => {
    const text = elf.segment(PT.LOAD, PF.R | PF.X), data = elf.segments(PT.LOAD, PF.R | PF.W)[0];
    elf.set(data + Elf.address, elf.number(text + Elf.address) + (elf.number(data + Elf.address) % page));
  }), /two segments overlap/],
  ["a writable and executable segment", () => object((elf) => write32(elf, elf.segment(PT.LOAD, PF.R | PF.X) + Elf.flags, 7)), /writable and executable/],
  ["a second executable segment", () => object((elf) => write32(elf, elf.segment(PT.LOAD, PF.R) + Elf.flags, 5)), /more than one executable segment/],
  ["no executable segment", () => object((elf) => write32(elf, elf.segment(PT.LOAD, PF.R | PF.X) + Elf.flags, 4)), /no executable segment/],
  ["an executable stack", () => object((elf) => write32(elf, elf.segment(PT.GNU_STACK) + Elf.flags, 7)), /executable stack/],
  ["program headers that are elsewhere", () => object((elf) => write32(elf, elf.segment(PT.GNU_STACK), PT.PHDR)), /program headers say that they are elsewhere/],
  ["thread-local storage", () => object(resegment(PT.TLS)), /thread-local storage/],
  ["an interpreter", () => object(resegment(PT.INTERP)), /names an interpreter/],
  ["a note", () => object(resegment(PT.NOTE)), /a segment that an island has no use for/],
  ["a read-only part outside the data", () => object((elf) => elf.set(elf.segment(PT.GNU_RELRO) + Elf.memorySize, 1 << 24)), /read-only part lies outside its data/],
  // ---- what the system's loader would act upon ----
  ["a dynamic table elsewhere", () => object((elf) => elf.set(elf.segment(PT.DYNAMIC) + Elf.address, 1 << 24)), /dynamic table lies outside its segments/],
  ["a needed library", () => object(retag(DT.NEEDED)), /needs another library/],
  ["a search path", () => object(retag(DT.RPATH)), /library search path/],
  ["a newer search path", () => object(retag(DT.RUNPATH)), /library search path/, trusted, "again"],
  ["a constructor", () => object(retag(DT.INIT_ARRAY)), /has a constructor/],
  ["an old constructor", () => object(retag(DT.INIT)), /has a constructor/, trusted, "again"],
  ["a destructor", () => object(retag(DT.FINI_ARRAY)), /has a destructor/],
  ["functions bound by name", () => object(retag(DT.JMPREL)), /binds functions by name/],
  ["an entry for text relocations", () => object(retag(DT.TEXTREL)), /: it relocates its text/],
  ["a flag for text relocations", () => object((elf) => elf.set(elf.dynamic(DT.FLAGS) + 8, 4 | 8)), /flags say that it relocates its text/],
  ["a flag that keeps it for ever", () => object((elf) => elf.set(elf.dynamic(DT.FLAGS_1) + 8, 1 | 8)), /flags ask for more than immediate binding/],
  ["a relocation of the text", () => object((elf) => {
    const text = elf.segment(PT.LOAD, PF.R | PF.X);
    elf.set(elf.relocation(0), elf.number(text + Elf.address));
  }), /a relocation writes into the text/],
  ["a relocation of the dynamic table", () => object((elf) => {
    const last = elf.relocation(elf.value(DT.RELASZ) / 24 - 1);
    elf.set(last, elf.number(elf.segment(PT.DYNAMIC) + Elf.address) + 8);
  }), /a relocation changes the dynamic table/],
  ["a relocation outside the data", () => object((elf) => elf.set(elf.relocation(0), 1 << 24)), /writes where it must not/],
  ["a relocation that runs a function", () => object((elf) => elf.set(elf.relocation(0) + 8, R.IRELATIVE)), /IRELATIVE/],
  ["a relocation by a symbol's name", () => object((elf) => elf.set(elf.relocation(0) + 8, 2 ** 32 + R.GLOB_DAT)), /does more than add the load address/],
  ["relocations outside", () => object((elf) => elf.set(elf.dynamic(DT.RELA) + 8, 1 << 24)), /relocations lie outside its segments/],
  // ---- symbols and the descriptor ----
  ["an undefined symbol", () => object((elf) => void elf.bytes.writeUInt16LE(0, elf.symbol(1) + 6)), /undefined symbol/],
  ["a symbol that chooses another", () => object((elf) => void (elf.bytes[elf.symbol(1) + 4] = 0x1a)), /\(IFUNC\)/],
  ["a weak symbol", () => object((elf) => void (elf.bytes[elf.symbol(1) + 4] = 0x21)), /not a global object/],
  ["a second exported symbol", () => object((elf) => {
    const hash = elf.place(elf.value(DT.GNU_HASH));
    elf.bytes[hash + 16 + 8 + 4] &= 0xfe;  // the chain goes on behind symbol 1
  }), /exports more than one symbol/],
  ["an imported symbol", () => object((elf) => write32(elf, elf.place(elf.value(DT.GNU_HASH)) + 4, 2)), /does not export exactly one symbol/],
  ["no descriptor", () => object((elf) => flipByte(elf, elf.place(elf.value(DT.STRTAB)) + elf.bytes.readUInt32LE(elf.symbol(1)) + 4)), /lacks the descriptor/],
  ["a descriptor outside", () => object((elf) => elf.set(elf.symbol(1) + 8, 1 << 24)), /descriptor lies outside its data/],
  ["a relocation of a number in the descriptor", () => object((elf) => elf.set(elf.relocationOf(descriptor(elf) + 88), descriptor(elf) + 80)),
    /a relocation changes its object's descriptor/],
  ["a dynamic table of a size that nothing has", () => object((elf) => {
    const table = elf.segment(PT.DYNAMIC);
    for (const field of [Elf.fileSize, Elf.memorySize]) elf.set(table + field, 2 ** 52);
  }), /dynamic table lies outside its segments/, trusted, "again"],
  ["more relocations than bytes", () => object((elf) => elf.set(elf.dynamic(DT.RELASZ) + 8, 24 * 2 ** 40)), /relocations lie outside its segments/, trusted, "again"],
  ["an object of another ABI", () => object((elf) => write32(elf, elf.place(descriptor(elf)), 7)), /another ABI version than its manifest/],
  ["an object of another wasm-rt.h", () => object((elf) => flipByte(elf, elf.place(descriptor(elf)) + 8)), /object was compiled against another wasm-rt\.h/],
  ["instances of an odd size", () => object((elf) => elf.set(elf.place(descriptor(elf)) + 80, 24)), /instances have an impossible size/],
  ["an entry outside the text", () => object((elf) => elf.set(elf.relocationOf(descriptor(elf) + 88) + 16, 64)), /entry 'instantiate' lies outside its text/],
  ["an entry of the host's", () => object((elf) => elf.set(elf.relocationOf(descriptor(elf) + 96) + 16, 2 ** 40)), /entry 'release' lies outside its text/],
  ["an export outside the text", () => object((elf) => {
    const exports = elf.number(elf.relocationOf(descriptor(elf) + 112) + 16);
    elf.set(elf.relocationOf(exports + 8) + 16, descriptor(elf));
  }), /export 0 lies outside its text/],
  ["the runtime's place in the text", () => object((elf) => elf.set(elf.relocationOf(descriptor(elf) + 72) + 16, elf.number(elf.segment(PT.LOAD, PF.R | PF.X) + Elf.address))),
    /no writable place for the runtime table/],
];

const call = (target, options) => run("ingot", "call", target, "answer", ...options);
function write(name, content) {
  const target = path.join(folder, name);
  fs.writeFileSync(target, content);
  return target;
}

test("the untouched bundle is accepted; and so is one that these tools laid out and signed", () => {
  const again = signed(layOut(withText(canonical(good.manifest))), key);
  assert.deepEqual(again, original, "abi/format/FORMAT.md describes every byte");
  const { status, stdout, stderr } = call(write("same.ingot", again), [...trusted]);
  assert.equal(status, 0, stderr);
  assert.equal(stdout, "42\n");
  // Running a newer one with --state makes the row above an older one.
  const newer = call(write("newer.ingot", manifest((m) => (m.rollback += 2))), [...trusted, "--state", state]);
  assert.equal(newer.status, 0, newer.stderr);
});

/** The system calls of one `ingot call` from the moment it opens the bundle, or nothing when tracing does not work here. */
function traced(target, options) {
  const log = path.join(folder, "strace.log");
  fs.rmSync(log, { force: true });
  const result = spawnSync("strace", ["-f", "-o", log, "-e", "trace=mmap,mprotect,memfd_create,openat", path.join(bin, "ingot"), "call", target, "answer",
                                      ...options], { encoding: "utf8", env: environment });
  if (result.error || !fs.existsSync(log)) return undefined;
  const lines = fs.readFileSync(log, "utf8").split("\n");
  const opened = lines.findIndex((line) => line.includes(`"${target}"`));
  return opened < 0 ? undefined : { status: result.status, stdout: result.stdout, stderr: result.stderr, mapped: lines.slice(opened).filter((line) => /memfd_create\(|PROT_EXEC/.test(line)) };
}
const control = traced(bundle, trusted);
test("tracing shows the memory file and the executable mapping of an accepted bundle", () => {
  if (!control) return console.log("SKIPPED: tracing (no strace here, or it may not trace): whether anything is mapped is not looked at");
  assert.equal(control.status, 0);
  assert.ok(control.mapped.length >= 2, control.mapped.join("\n"));
});

assert.ok(table.length >= 24);
const reasons = new Map();
for (const [index, [what, make, reason, options = trusted, again]] of table.entries()) {
  test(what, () => {
    const content = make();
    if (content === undefined) return console.log(`SKIPPED: ${what} (this CPU has every level)`);
    const target = write(`tampered${index}.ingot`, content);
    const result = control ? traced(target, options) : call(target, options);
    assert.equal(result.status, 5, `${result.status}: ${result.stdout}${result.stderr}`);
    assert.equal(result.stdout, "");
    const [, said] = result.stderr.match(/^ingot: error: .*?: refused: (.*)\n$/s) ?? assert.fail(result.stderr);
    assert.match(said, reason);
    assert.ok(result.stderr.includes(target), `the message names the file: ${result.stderr}`);
    assert.deepEqual(result.mapped ?? [], [], "nothing of it was mapped");
    // Numbers and digests apart, no two rows may be refused for the same reason, unless the row says that it is another way to an earlier one's.
    const plain = said.replace(/[0-9a-f]{16,}|\d+/g, "N");
    const before = reasons.get(plain);
    if (again) assert.ok(before !== undefined, `no row before was refused for: ${said}`);
    else assert.equal(before, undefined, `the same reason as for "${before}": ${said}`);
    reasons.set(plain, what);
    fs.rmSync(target);
  });
}

// What the descriptor holds is compared with the manifest, which only the loader does: these rows change nothing that an audit of the object looks at.
const onlyForTheLoader = /^(an object of another|instances of an odd size|an entry (outside|of the host's)|an export outside|the runtime's place|a relocation of a number)/;
test("`ingotc audit` refuses every object by itself that is no island", () => {
  let refused = 0;
  for (const [what, make] of table) {
    const content = make();
    if (content === undefined || !ofObjects.has(content) || onlyForTheLoader.test(what)) continue;
    const target = write("audited.ingot", content), result = run("ingotc", "audit", target);
    assert.equal(result.status, 4, `${what}: ${result.status} ${result.stderr}`);
    assert.match(result.stderr, /the object|object for x86-64-v2/, what);
    ++refused;
  }
  assert.ok(refused >= 45, `${refused}`);
  assert.equal(run("ingotc", "audit", bundle).status, 0);
});

// Bytes over the function's first instructions, everything else as it was. Their meaning: Intel's manual, volume 2.
test("`ingotc audit` reads the machine code of the object", () => {
  const forbidden = { syscall: "0f05", "int 0x80": "cd80", "wrfsbase rax": "f3480faed0", ldmxcsr: "0fae10", std: "fd", hlt: "f4", fldcw: "d928", "movd mm0, eax": "0f6ec0",
                      "mov eax, fs:[rax]": "648b00", "the same behind a REX prefix": "48648b00", "jmp with 66": "66e90000", "jmp far": "48ff28", rdtsc: "0f31" };
  for (const [what, hex] of Object.entries(forbidden)) {
    const target = write("audited.ingot", object((elf) => {
      const code = Buffer.from(hex.padEnd(32, "90"), "hex");
      code.copy(elf.bytes, elf.number(elf.segment(PT.LOAD, PF.R | PF.X) + Elf.offset));
    }));
    const result = run("ingotc", "audit", target);
    assert.equal(result.status, 4, `${what}: ${result.stderr}`);
    assert.match(result.stderr, / at 0x[0-9a-f]+$/m, what);
  }
});

test("digests in the manifest: `ingotc verify` compares them; the loader does where no signature covers the object", () => {
  const wrong = [
    [(m) => (m.targets[0].object_digest = "c".repeat(64)), /object for x86-64-v2 has another digest than its manifest says/],
    [(m) => (m.symbols.digest = "c".repeat(64)), /section of symbols has another digest/],
    [(m) => (m.provenance.digest = "c".repeat(64)), /section of provenance has another digest/],
  ];
  for (const [change, reason] of wrong) {
    const checked = run("ingotc", "verify", write("digest.ingot", manifest(change)), ...trusted);
    assert.equal(checked.status, 5);
    assert.match(checked.stderr, reason);
  }
  const changed = structuredClone(good.manifest);
  wrong[0][0](changed);
  const unsigned = write("digest.ingot", Buffer.concat([layOut(withText(manifestBytes(changed))), signatureBlock([])]));
  const refused = call(unsigned, ["--allow-unsigned"]);
  assert.equal(refused.status, 5);
  assert.match(refused.stderr, wrong[0][1]);
});

await runAll();
