// SPDX-License-Identifier: Apache-2.0
// From signing to serving: ends of signatures, several signers, revocation, no way back to an older version, and the bill of materials.
import { spawnSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { canonical, digestOf, keyId, layOut, readBundle, sha256, signed } from "./lib/bundle.mjs";
import { assert, dataOf, runAll, test } from "./lib/check.mjs";
import { bin, cast, databases, temporaryFolder, withServer } from "./lib/server.mjs";

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
  return result.stdout;
}
function refused(reason, program, ...args) {
  const result = run(program, ...args);
  assert.equal(result.status, 5, `${program} ${args.join(" ")}: ${result.status} ${result.stderr}`);
  assert.match(result.stderr, reason);
  assert.equal(result.stdout, "");
}

// (module (func (export "answer") (result i32) i32.const 42)), and what its makers claim: language C11, processed-by clang 19.1.0
const named = (text) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
const claims = Buffer.concat([named("producers"), Buffer.from([2]), named("language"), Buffer.from([1]), named("C11"), named(""), named("processed-by"),
                              Buffer.from([1]), named("clang"), named("19.1.0")]);
const wasm = Buffer.concat([Buffer.from("0061736d01000000" + "0105016000017f" + "03020100" + "070a0106616e737765720000" + "0a06010400412a0b", "hex"),
                            Buffer.from([0, claims.length]), claims]);
const module = path.join(folder, "answer.wasm"), bundle = path.join(folder, "answer.ingot");
fs.writeFileSync(module, wasm);
const keys = {};
for (const name of ["a", "b", "c"]) {
  const id = succeed("ingotc", "keygen", "-o", path.join(folder, name)).trim();
  keys[name] = { id, key: path.join(folder, `${name}.key`), pub: path.join(folder, `${name}.pub`), pem: fs.readFileSync(path.join(folder, `${name}.key`)) };
  assert.equal(keyId(keys[name].pem), id);
}
succeed("ingotc", "build", module, "-o", bundle, "--target", "x86-64-v2", "--key", keys.a.key);
const original = fs.readFileSync(bundle);
const fresh = (name) => {
  const target = path.join(folder, name);
  fs.writeFileSync(target, original);
  return target;
};
const inspect = (target) => JSON.parse(succeed("ingotc", "inspect", target, "--json"));
const trust = (...names) => names.flatMap((name) => ["--key", keys[name].pub]);

test("a signature's end: kept, signed, shown; a past one is not even made", () => {
  const target = fresh("ends.ingot");
  succeed("ingotc", "sign", target, "--key", keys.a.key, "--expires", "2099-01-01");
  assert.deepEqual(inspect(target).signatures, [{ key_id: keys.a.id, expires: Date.UTC(2099, 0, 1) / 1000 }]);
  const file = fs.readFileSync(target), at = readBundle(file).signedBytes + 16;
  const message = Buffer.concat([Buffer.from("ingot-bundle-v2\0"), sha256(file.subarray(0, at - 16)), file.subarray(at + 16, at + 24)]);
  assert.ok(crypto.verify(null, message, fs.readFileSync(keys.a.pub), file.subarray(at + 24, at + 88)), "abi/format/FORMAT.md: what is signed");
  assert.equal(run("ingot", "call", target, "answer", ...trust("a")).stdout, "42\n");
  assert.match(succeed("ingotc", "inspect", target), /signed by +[0-9a-f]{16} until 2099-01-01T00:00:00Z/);
  const before = Math.floor(Date.now() / 1000);
  succeed("ingotc", "sign", target, "--key", keys.a.key, "--expires", "90d");
  const [{ expires }] = inspect(target).signatures;
  assert.ok(expires >= before + 90 * 86_400 && expires <= Date.now() / 1000 + 90 * 86_400, String(expires));
  for (const wrong of ["2020-01-01", "0d", "soon", "2027-02-30"]) assert.equal(run("ingotc", "sign", target, "--key", keys.a.key, "--expires", wrong).status, 2, wrong);
});

test("several signers: `ingotc verify --required`", () => {
  const target = fresh("several.ingot");
  refused(/needs the signatures of 2 trusted keys.* and has 1/, "ingotc", "verify", target, ...trust("a", "b"), "--required", "2");
  succeed("ingotc", "sign", target, "--key", keys.b.key);
  succeed("ingotc", "sign", target, "--key", keys.b.key);  // in place of the earlier one
  assert.deepEqual(succeed("ingotc", "verify", target, ...trust("a", "b"), "--required", "2").trim().split("\n"), [keys.a.id, keys.b.id].sort());
  refused(/needs the signatures of 3/, "ingotc", "verify", target, ...trust("a", "b", "c"), "--required", "3");
  assert.equal(succeed("ingotc", "verify", target, ...trust("b", "c")).trim(), keys.b.id);
  const list = path.join(folder, "revoked.txt");
  fs.writeFileSync(list, `${keys.b.id}\n`);
  refused(/is revoked here/, "ingotc", "verify", target, ...trust("b"), "--revoked", list);
  assert.equal(succeed("ingotc", "verify", target, ...trust("a", "b"), "--revoked", list).trim(), keys.a.id);
  fs.writeFileSync(list, `${inspect(target).digest}\n`);
  refused(/content is revoked here/, "ingotc", "verify", target, ...trust("a", "b"), "--revoked", list);
  refused(/content is revoked here/, "ingot", "call", target, "answer", ...trust("a", "b"), "--revoked", list);
});

/** The same content with another counter and version, signed by the key. */
function aged(file, pem, change) {
  const { sections, manifest } = readBundle(file);
  const changed = { ...manifest, ...change(manifest) };
  return signed(layOut([{ ...sections[0], bytes: Buffer.from(canonical(changed)) }, ...sections.slice(1)]), pem);
}

test("`ingot call --state`: an older version is refused where a newer one ran, until it is allowed back", () => {
  const state = path.join(folder, "state", "of", "calls");
  const make = (name, rollback, version) => {
    const target = path.join(folder, name);
    fs.writeFileSync(target, aged(original, keys.a.pem, () => ({ rollback, version })));
    return target;
  };
  const older = make("older.ingot", 100, "1.0"), newer = make("newer.ingot", 200, "2.0"), equal = make("equal.ingot", 200, "2.0-again");
  const call = (target, ...options) => ["ingot", "call", target, "answer", ...trust("a"), ...options];
  succeed(...call(older, "--state", state));
  // A version that is refused, or whose call cannot begin, leaves no trace.
  refused(/not trusted here/, "ingot", "call", newer, "answer", ...trust("b"), "--state", state);
  assert.notEqual(run("ingot", "call", newer, "nothing", ...trust("a"), "--state", state).status, 0);
  succeed(...call(older, "--state", state));
  succeed(...call(newer, "--state", state));
  succeed(...call(equal, "--state", state));
  refused(/rollback counter 100 is older than 200 of version '2.0', which has run here; .*--allow-rollback/, ...call(older, "--state", state));
  succeed(...call(older));  // without a state there is nothing to compare with
  succeed(...call(older, "--state", state, "--allow-rollback"));
  succeed(...call(older, "--state", state));
  assert.deepEqual(JSON.parse(fs.readFileSync(path.join(state, "rollback.json"))), { format: 1, modules: { answer: { counter: 100, version: "1.0" } } });
  assert.equal(run(...call(older, "--allow-rollback")).status, 2);
  fs.writeFileSync(path.join(state, "rollback.json"), "{");
  const damaged = run(...call(newer, "--state", state));
  assert.equal(damaged.status, 1);
  assert.match(damaged.stderr, /not a file of rollback counters/);
});

const testKey = fs.readFileSync(path.join(cast, "test.key"));
for (const database of databases()) {
  test(`${database}: a server refuses an older version after a newer one ran, also after a restart, until an operator allows it`, () =>
    withServer({ modules: ["counter"], database }, async (server) => {
      const file = path.join(server.moduleFolder("counter"), "counter.ingot");
      const asBuilt = fs.readFileSync(file);
      const put = (rollback) => fs.writeFileSync(file, aged(asBuilt, testKey, () => ({ rollback })));
      const state = async () => {
        await server.stop();
        await server.launch();
        const [entry] = dataOf(await server.request("GET", "/api/modules"));
        return entry.state === "active" ? `active ${entry.rollback}` : entry.reason;
      };
      put(4_000_000_000);
      assert.equal(await state(), "active 4000000000");
      put(3_999_999_999);
      assert.match(await state(), /rollback counter 3999999999 is older than 4000000000 .*`ingot modules --allow-rollback counter /);
      assert.match(await state(), /rollback counter 3999999999 is older/);
      const listed = run("ingot", "modules", server.configPath);
      assert.equal(listed.status, 1);
      assert.match(listed.stdout, /quarantined .*rollback counter/);
      // A name that is not there changes nothing; the right one does, for good.
      assert.notEqual(run("ingot", "modules", "--allow-rollback", "crm", server.configPath).status, 0);
      assert.match(await state(), /is older/);
      const allowed = run("ingot", "modules", "--allow-rollback", "counter", server.configPath);
      assert.equal(allowed.status, 0, allowed.stderr);
      assert.match(allowed.stdout, /^counter .* active /m);
      assert.equal(await state(), "active 3999999999");
      put(4_000_000_000);
      assert.equal(await state(), "active 4000000000");
      // A newer version that does not start is not remembered: its manifest claims a name that its module.json does not have.
      const broken = aged(asBuilt, testKey, () => ({ rollback: 5_000_000_000, module_json: '{"name":"other"}' }));
      fs.writeFileSync(file, broken);
      assert.doesNotMatch(await state(), /^active/);
      put(4_000_000_000);
      assert.equal(await state(), "active 4000000000");
    }));
}

test("the configuration's rules: a key for other modules, a key past its end, revocation, two signers", () =>
  withServer({ modules: ["counter"] }, async (server) => {
    const pub = path.join(cast, "test.pub"), id = keyId(testKey);
    const file = path.join(server.moduleFolder("counter"), "counter.ingot");
    const reason = (ours) => {
      fs.writeFileSync(server.configPath, JSON.stringify({ ...server.config, ingot: { sqlite_path: "ingot.db", ...ours } }));
      const { status, stdout, stderr } = run("ingot", "modules", server.configPath, "--json");
      if (status !== 0 && stdout === "") return stderr;
      const found = JSON.parse(stdout);
      return Array.isArray(found) ? found[0].reason ?? found[0].state : found.error.message;
    };
    assert.equal(reason({ trusted_keys: [{ key: pub, name: "tests", modules: ["counter"], not_after: "2099-01-01" }] }), "active");
    assert.match(reason({ trusted_keys: [{ key: pub, modules: ["crm", "core"] }] }), /may not sign for module 'counter' here, only for crm, core/);
    assert.match(reason({ trusted_keys: [{ key: pub, name: "old", not_after: "2020-01-01" }] }), /\(old\) is trusted here until 2020-01-01T00:00:00Z only/);
    assert.match(reason({ trusted_keys: [pub], revoked: [id] }), new RegExp(`key ${id} is revoked here`));
    fs.writeFileSync(path.join(server.folder, "revoked"), `${digestOf(fs.readFileSync(file).subarray(0, readBundle(fs.readFileSync(file)).signedBytes))}\n`);
    assert.match(reason({ trusted_keys: [pub], revoked: "revoked" }), /content is revoked here/);
    assert.match(reason({ trusted_keys: [pub], revoked: "absent" }), /cannot read the list of revoked keys/);
    assert.match(reason({ trusted_keys: [pub, keys.b.pub], signatures_required: 2 }), /needs the signatures of 2 trusted keys/);
    succeed("ingotc", "sign", file, "--key", keys.b.key);
    assert.equal(reason({ trusted_keys: [pub, keys.b.pub], signatures_required: 2 }), "active");
    server.writeConfig();
  }));

// What CycloneDX 1.5 requires (ECMA-424's predecessor; "JSON Reference v1.5"): of a bill bomFormat, specVersion; of a component type and name; of a
// hash alg and content; of a dependency ref. The values allowed, where there is a list of them.
const componentTypes = ["application", "framework", "library", "container", "platform", "operating-system", "device", "device-driver", "firmware", "file",
                        "machine-learning-model", "data"];
function assertBill(bill) {
  const known = ["$schema", "bomFormat", "specVersion", "serialNumber", "version", "metadata", "components", "dependencies"];
  assert.deepEqual(Object.keys(bill).filter((field) => !known.includes(field)), []);
  assert.equal(bill.bomFormat, "CycloneDX");
  assert.equal(bill.specVersion, "1.5");
  assert.equal(bill.$schema, "http://cyclonedx.org/schema/bom-1.5.schema.json");
  assert.match(bill.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  assert.ok(Number.isInteger(bill.version) && bill.version >= 1);
  const references = new Set();
  for (const component of [bill.metadata.component, ...bill.components]) {
    assert.ok(componentTypes.includes(component.type), component.type);
    assert.ok(typeof component.name === "string" && component.name.length > 0);
    if ("scope" in component) assert.ok(["required", "optional", "excluded"].includes(component.scope));
    for (const { alg, content } of component.hashes ?? []) {
      assert.equal(alg, "SHA-256");
      assert.match(content, /^[0-9a-f]{64}$/);
    }
    for (const { name, value } of component.properties ?? []) assert.ok(typeof name === "string" && typeof value === "string");
    assert.ok(component["bom-ref"] && !references.has(component["bom-ref"]), "references are unique");
    references.add(component["bom-ref"]);
  }
  for (const component of bill.metadata.tools.components) assert.ok(componentTypes.includes(component.type) && component.name);
  for (const { phase } of bill.metadata.lifecycles) assert.ok(["design", "pre-build", "build", "post-build", "operations", "discovery", "decommission"].includes(phase));
  if (bill.metadata.timestamp) assert.match(bill.metadata.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  for (const { ref, dependsOn } of bill.dependencies) for (const other of [ref, ...dependsOn]) assert.ok(references.has(other), `no component ${other}`);
}

test("the bill of materials: CycloneDX 1.5, with what is inside and what made it", () => {
  const bill = JSON.parse(succeed("ingotc", "inspect", bundle, "--sbom"));
  assertBill(bill);
  const described = inspect(bundle);
  assert.deepEqual(described.sbom, bill);
  const find = (name) => bill.components.find((component) => component.name === name) ?? assert.fail(`no component ${name}`);
  const hash = (component) => component.hashes[0].content;
  const source = (file) => digestOf(fs.readFileSync(new URL(`../../${file}`, import.meta.url)));
  assert.equal(hash(bill.metadata.component), described.digest);
  assert.equal(described.digest, digestOf(original.subarray(0, readBundle(original).signedBytes)));
  assert.equal(hash(find("answer.wasm")), digestOf(wasm));
  assert.equal(hash(find("memory.c")), source("compiler/lower/island/memory.c"));
  assert.equal(hash(find("wasm-rt.h")), source("abi/include/ingot/island/wasm-rt.h"));
  assert.equal(hash(find("ingotc")), digestOf(fs.readFileSync(path.join(bin, "ingotc"))));
  for (const tool of ["wasm2c", "clang", "lld"]) {
    assert.match(find(tool).version, /^\d+\.\d+\.\d+$/);
    assert.match(hash(find(tool)), /^[0-9a-f]{64}$/);
  }
  assert.equal(find("C11").type, "platform");
  const claimed = bill.components.filter((component) => component["bom-ref"].startsWith("producer:"));
  assert.deepEqual(claimed.map(({ name, version }) => [name, version]), [["C11", undefined], ["clang", "19.1.0"]]);
  assert.ok(!bill.components.some((component) => component.name === "simde"), "no vectors, no simde");
  assert.equal(bill.metadata.timestamp, undefined);
  assert.equal(run("ingotc", "inspect", module, "--sbom").status, 2);
});

test("the provenance: what was asked for, and SOURCE_DATE_EPOCH when it was given", () => {
  // (module (func (export "lanes") (param v128) (result v128) local.get 0 local.get 0 i8x16.add))
  const vectors = path.join(folder, "vectors.wasm"), target = path.join(folder, "vectors.ingot");
  fs.writeFileSync(vectors, Buffer.from("0061736d01000000" + "010601" + "60017b017b" + "03020100" + "07090105" + "6c616e65730000" + "0a0a0108002000200" + "0fd6e0b", "hex"));
  const result = spawnSync(path.join(bin, "ingotc"), ["build", vectors, "-o", target, "--target", "x86-64-v3", "-O", "dev", "--unsigned"],
                           { encoding: "utf8", env: { ...environment, SOURCE_DATE_EPOCH: "1798761600" } });
  assert.equal(result.status, 0, result.stderr);
  const { provenance, sbom } = inspect(target);
  assert.equal(provenance.source_date_epoch, 1798761600);
  assert.deepEqual(provenance.targets, ["x86-64-v3"]);
  assert.equal(provenance.optimisation, "dev");
  assert.equal(provenance.contract, "none");
  assert.equal(provenance.module_digest, digestOf(fs.readFileSync(vectors)));
  assert.deepEqual(provenance.nonconforming, []);
  assert.ok(provenance.flags.includes("-ffp-contract=off") && provenance.link_flags.includes("--no-undefined"));
  assertBill(sbom);
  assert.equal(sbom.metadata.timestamp, "2027-01-01T00:00:00Z");
  const simde = sbom.components.find((component) => component.name === "simde");
  assert.match(simde.version, /^\d+\.\d+\.\d+$/);
  assert.ok(sbom.dependencies.find(({ ref }) => ref === "bundle").dependsOn.includes(simde["bom-ref"]));
});

// What each tier means: clang's documented options for it. A debugger needs -g, and an object whose symbols are not stripped.
test("the provenance of every tier says what was done, as text too", () => {
  const tiers = [["release", [], "-O3"], ["dev", ["-O", "dev"], "-O0"], ["debug", ["--debug"], "-Og"]];
  for (const [tier, options, level] of tiers) {
    const target = path.join(folder, `${tier}.ingot`);
    succeed("ingotc", "build", module, "-o", target, "--target", "x86-64-v2", "--unsigned", ...options, "--no-feature", "extended-const");
    const { manifest, provenance, sbom } = inspect(target), text = succeed("ingotc", "inspect", target);
    const tierInBill = sbom.metadata.component.properties.find(({ name }) => name === "ingot:optimisation").value;
    assert.deepEqual([manifest.optimisation, provenance.optimisation, tierInBill], [tier, tier, tier]);
    assert.match(text, new RegExp(`^optimisation +${tier}(,|$)`, "m"));
    assert.deepEqual(provenance.flags.filter((flag) => /^-O/.test(flag)), [level]);
    const ofDebugger = tier === "debug";
    assert.equal(provenance.flags.includes("-g"), ofDebugger);
    assert.equal(provenance.link_flags.includes("--strip-all"), !ofDebugger);
    assert.equal(readBundle(fs.readFileSync(target)).sections[1].bytes.includes(".debug_info"), ofDebugger, "the object itself");
    for (const flag of [level, "-ffp-contract=off", "-march=LEVEL", ...(ofDebugger ? ["-g"] : [])]) assert.match(text, new RegExp(`^clang flags .*${flag}( |$)`, "m"));
    assert.match(text, /^lld flags .*--no-undefined/m);
    assert.ok(!provenance.features.includes("extended-const") && provenance.features.includes("relaxed-simd"), provenance.features.join());
    assert.match(text, /^features +.*relaxed-simd/m);
    assert.ok(!/^features.*extended-const/m.test(text));
  }
});

await runAll();
