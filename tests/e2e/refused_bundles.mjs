// SPDX-License-Identifier: Apache-2.0
// Bundles that nobody may run: damaged, cut, lengthened, unsigned, signed by a stranger, made for another ABI or CPU. `ingot call` refuses each
// with exit code 5 and its reason, before anything of it is mapped; `ingotc verify` refuses those whose bytes or signature are off.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { assert, runAll, test } from "./lib/check.mjs";
import { bin, cast, temporaryFolder } from "./lib/server.mjs";

const folder = temporaryFolder();
process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
// No developer key here: what is trusted is only what --key names.
const environment = { ...process.env, XDG_CONFIG_HOME: path.join(folder, "config"), TMPDIR: folder };
const bundle = path.join(cast, "good", "crm", "crm.ingot");
const key = path.join(cast, "test.key"), publicKey = path.join(cast, "test.pub");
const bytes = fs.readFileSync(bundle);
const signedBytes = Number(bytes.readBigUInt64LE(16));  // abi/format/FORMAT.md: the signature block begins there

function run(program, ...args) {
  const result = spawnSync(path.join(bin, program), args, { encoding: "utf8", env: environment });
  assert.equal(result.signal, null, `${program} ${args.join(" ")} died by ${result.signal}`);
  return result;
}
const call = (file, ...options) => run("ingot", "call", file, "migrate_len", ...options);
const trusted = ["--key", publicKey];

function file(content, name = "refused.ingot") {
  const target = path.join(folder, name);
  fs.writeFileSync(target, content);
  return target;
}

/** Refused by the runtime and, unless told otherwise, by `ingotc verify`. */
function assertRefused(target, reason, { options = trusted, verify = true, what = "" } = {}) {
  const refused = call(target, ...options);
  assert.equal(refused.status, 5, `ingot call ${what}: ${refused.stderr}`);
  assert.match(refused.stderr, reason, what);
  assert.ok(refused.stderr.includes(target), `the message names the file: ${refused.stderr}`);
  assert.equal(refused.stdout, "");
  if (!verify) return;
  const checked = run("ingotc", "verify", target, ...trusted);
  assert.equal(checked.status, 5, `ingotc verify ${what}: ${checked.stderr}`);
  assert.match(checked.stderr, /^ingotc: error: \S/);
}

function forged(name, ...options) {
  const target = path.join(folder, name);
  const result = spawnSync(path.join(bin, "forge"), [bundle, target, ...options], { encoding: "utf8" });
  assert.equal(result.status, 0, `forge ended with ${result.status ?? result.signal}: ${result.stderr}`);
  return target;
}

test("the untouched bundle is accepted, and so is one that was forged back unchanged", () => {
  for (const target of [bundle, forged("same.ingot", "--key", key)]) {
    const { status, stdout, stderr } = call(target, ...trusted);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^\d+\n$/);
    assert.equal(run("ingotc", "verify", target, ...trusted).status, 0);
  }
});

test("one flipped bit anywhere: header, section table, manifest, objects, padding, signature", () => {
  const positions = new Set();
  for (let at = 0; at < 32 + 3 * 32; ++at) positions.add(at);  // header and section table: every byte
  for (let part = 0; part < 128; ++part) positions.add(Math.floor((part * signedBytes) / 128) + part);  // spread over the signed part
  for (let at = signedBytes; at < bytes.length; ++at) positions.add(at);  // signature block: every byte
  assert.ok(positions.size >= 300);
  const reasons = new Map();
  for (const at of positions) {
    const changed = Buffer.from(bytes);
    changed[at] ^= 1 << at % 8;
    assertRefused(file(changed), /refused: \S.{10,}/, { what: `bit ${at % 8} of byte ${at}` });
    const reason = call(file(changed), ...trusted).stderr.replace(/^.*?refused: /, "").replace(/[0-9a-f]{4,}|\d+/g, "N");
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  assert.ok(reasons.size >= 6, `too few reasons: ${[...reasons.keys()].join("")}`);
  console.log(`         ${positions.size} positions, ${reasons.size} different reasons`);
});

test("a changed byte of an object or of the signature itself: the signature does not fit", () => {
  for (const at of [signedBytes - 4096, signedBytes - 70000, bytes.length - 1, bytes.length - 64]) {
    const changed = Buffer.from(bytes);
    changed[at] ^= 0x10;
    const { stderr, status } = call(file(changed), ...trusted);
    assert.equal(status, 5, stderr);
    if (bytes[at] !== 0 || at >= signedBytes) assert.match(stderr, /does not fit the content|signature/);
  }
});

test("a wrong key: refused, its id named", () => {
  const stranger = path.join(folder, "stranger");
  assert.equal(run("ingotc", "keygen", "-o", stranger).status, 0);
  assertRefused(bundle, /signed by a key that is not trusted here \([0-9a-f]{16}\)/, { options: ["--key", `${stranger}.pub`], verify: false });
  const other = run("ingotc", "verify", bundle, "--key", `${stranger}.pub`);
  assert.equal(other.status, 5);
  assert.match(other.stderr, /signed by a key that is not trusted here/);
  assertRefused(forged("stranger.ingot", "--key", `${stranger}.key`), /signed by a key that is not trusted here/);
});

test("no key at all is trusted: refused", () => assertRefused(bundle, /not trusted here/, { options: [], verify: false }));

test("no signature: refused, the way out named", () => assertRefused(forged("unsigned.ingot"), /carries no signature.*ingotc sign/));

test("--allow-unsigned does not excuse a wrong signature, a stranger's signature, or damage", () => {
  const changed = Buffer.from(bytes);
  changed[signedBytes - 5000] ^= 1;
  const options = ["--allow-unsigned"];
  assertRefused(file(changed), /refused: /, { options: [...trusted, ...options] });
  assertRefused(bundle, /not trusted here/, { options, verify: false });
  const unsigned = fs.readFileSync(forged("damaged.ingot"));
  for (const object of [32 + 32, 32 + 64]) {  // of either level, abi/format/FORMAT.md: behind the header and the manifest's entry
    unsigned[Number(unsigned.readBigUInt64LE(object + 8) + unsigned.readBigUInt64LE(object + 16) / 2n)] ^= 1;
  }
  assertRefused(file(unsigned), /refused: /, { options });
});

test("the signature of another bundle: refused", () => {
  const other = fs.readFileSync(path.join(cast, "good", "core", "core.ingot"));
  const otherBlock = other.subarray(Number(other.readBigUInt64LE(16)));
  assertRefused(file(Buffer.concat([bytes.subarray(0, signedBytes), otherBlock])), /does not fit the content/);
});

test("another ABI version, re-signed with the trusted key", () => {
  const header = fs.readFileSync(path.join(import.meta.dirname, "../../abi/include/ingot/abi.h"), "utf8");
  const [, ours] = header.match(/^#define INGOT_ABI_VERSION (\d+)u$/m);
  for (const version of ["1", "99", "4294967295"]) {
    assertRefused(forged("abi.ingot", "--abi", version, "--key", key), new RegExp(`made for ABI version ${version}, this runtime has version ${ours};`), { verify: false });
  }
});

function cpuHasLevel4() {
  const flags = fs.readFileSync("/proc/cpuinfo", "utf8").match(/^flags\s*:(.*)$/m)?.[1].split(" ") ?? [];
  return ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"].every((flag) => flags.includes(flag));
}
test("a higher CPU level, re-signed with the trusted key", () => {
  if (cpuHasLevel4()) {
    console.log("SKIPPED: a higher CPU level (this CPU has x86-64-v4, the highest that there is)");
    return;
  }
  const target = forged("level.ingot", "--only", "x86-64-v3", "--rename-level", "x86-64-v3", "x86-64-v4", "--key", key);
  assertRefused(target, /needs a CPU of level x86-64-v4; this one lacks .*avx512f/, { verify: false });
});

test("truncated at many lengths", () => {
  const lengths = [1, 7, 8, 31, 32, 100, 4095, 4096, 4097, signedBytes - 4096, signedBytes - 1, signedBytes, signedBytes + 8, signedBytes + 16,
                   bytes.length - 80, bytes.length - 1];
  for (let part = 1; part < 32; ++part) lengths.push(Math.floor((part * bytes.length) / 32));
  for (const length of lengths) assertRefused(file(bytes.subarray(0, length)), /refused: \S/, { what: `cut at ${length}` });
});

test("an empty file, and files that are something else", () => {
  assertRefused(file(""), /refused: \S/);
  assertRefused(file(Buffer.alloc(100_000)), /not a bundle/);
  assertRefused(file(Buffer.from("0061736d01000000", "hex")), /not a bundle|truncated|refused: \S/);
  assertRefused(path.join(bin, "ingot"), /not a bundle/);
});

test("trailing bytes: one, a page of zeros, a second bundle", () => {
  for (const tail of [Buffer.from([0]), Buffer.from([7]), Buffer.alloc(4096), bytes]) {
    assertRefused(file(Buffer.concat([bytes, tail])), /refused: \S/, { what: `${tail.length} bytes behind the end` });
  }
});

test("larger than a bundle may be", () => {
  const target = file("");
  fs.truncateSync(target, 1024 ** 3 + 1);
  assertRefused(target, /larger than/);
});

test("a missing file and a folder are no verdict on a bundle: exit code 1", () => {
  for (const target of [path.join(folder, "nowhere.ingot"), folder]) {
    assert.equal(call(target, ...trusted).status, 1);
    assert.equal(run("ingotc", "verify", target, ...trusted).status, 1);
  }
});

test("--json: a refusal is one JSON object on stdout", () => {
  const { status, stdout } = call(forged("unsigned.ingot"), "--json", ...trusted);
  assert.equal(status, 5);
  const answer = JSON.parse(stdout);
  assert.equal(answer.error.code, "verification");
  assert.match(answer.error.message, /no signature/);
  assert.equal(answer.exit_code, 5);
});

// ---- before anything is mapped ----

/** The system calls of one `ingot call` from the moment it opens the bundle, or nothing when tracing does not work here. */
function traced(target, options = trusted) {
  const log = path.join(folder, "strace.log");
  const result = spawnSync("strace", ["-f", "-o", log, "-e", "trace=mmap,mprotect,memfd_create,openat", path.join(bin, "ingot"), "call", target,
                                      "migrate_len", ...options], { encoding: "utf8", env: environment });
  if (result.error || !fs.existsSync(log)) return undefined;
  const lines = fs.readFileSync(log, "utf8").split("\n");
  const opened = lines.findIndex((line) => line.includes(`"${target}"`));
  if (opened < 0) return undefined;
  return { status: result.status, after: lines.slice(opened) };
}
const memoryFile = (line) => /memfd_create\(/.test(line);
const executable = (line) => /PROT_EXEC/.test(line);

test("a refused bundle never reaches a memory file or an executable mapping", () => {
  const control = traced(bundle);
  if (!control) {
    console.log("SKIPPED: tracing (no strace here, or it may not trace)");
    return;
  }
  // The accepted one shows both, so their absence below means something.
  assert.equal(control.status, 0);
  assert.ok(control.after.some(memoryFile) && control.after.some(executable), control.after.join("\n"));
  const flipped = (at) => {
    const changed = Buffer.from(bytes);
    changed[at] ^= 1;
    return file(changed, `flipped${at}.ingot`);
  };
  const refused = [
    [flipped(0), trusted], [flipped(5000), trusted], [flipped(signedBytes - 4096), trusted], [flipped(bytes.length - 1), trusted],
    [file(bytes.subarray(0, signedBytes), "cut.ingot"), trusted], [file(Buffer.concat([bytes, Buffer.alloc(1)]), "long.ingot"), trusted],
    [forged("unsigned.ingot"), trusted], [bundle, []], [forged("abi.ingot", "--abi", "1", "--key", key), trusted],
  ];
  if (!cpuHasLevel4()) refused.push([forged("level.ingot", "--only", "x86-64-v3", "--rename-level", "x86-64-v3", "x86-64-v4", "--key", key), trusted]);
  for (const [target, options] of refused) {
    const trace = traced(target, options);
    assert.equal(trace.status, 5, target);
    assert.deepEqual(trace.after.filter((line) => memoryFile(line) || executable(line)), [], target);
  }
});

await runAll();
