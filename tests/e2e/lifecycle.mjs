// SPDX-License-Identifier: Apache-2.0
// Modules that come, change, rest and go while the server runs: over HTTP, and by SIGHUP.
import fs from "node:fs";
import path from "node:path";
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { Server, bin, cast, databases, run, temporaryFolder } from "./lib/server.mjs";

const secret = "0123456789abcdef0123456789abcdef";
const toolchain = process.env.INGOT_WABT_PREFIX ?? path.join(process.env.INGOT_TOOLCHAIN, "wabt");

/** A program of wabt's, wherever it was unpacked. */
function wabt(program) {
  const prefix = path.join(toolchain, "usr"), loader = path.join(prefix, "lib64/ld-linux-x86-64.so.2");
  return fs.existsSync(loader) ? [loader, ["--library-path", path.join(prefix, "lib/x86_64-linux-gnu"), path.join(prefix, "bin", program)]] : [path.join(toolchain, "bin", program), []];
}

/** A module "gen" whose one route answers `answer`, cast into a folder of its own. */
async function generation(answer, { depends = [], trap = false } = {}) {
  const folder = temporaryFolder(), text = JSON.stringify({ status: 200, body: answer }), escaped = text.replaceAll('"', '\\"');
  fs.writeFileSync(path.join(folder, "module.wat"), `(module
    (import "host" "register_route" (func $route (param i32 i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "GET/answer") (data (i32.const 64) "${escaped}")
    (func (export "init") ${trap ? "unreachable" : "(drop (call $route (i32.const 0) (i32.const 3) (i32.const 3) (i32.const 7) (i32.const 1)))"})
    (func (export "alloc") (param i32) (result i32) (i32.const 4096))
    (func (export "handle") (param i32 i32 i32) (result i32 i32) (i32.const 64) (i32.const ${text.length})))`);
  const [program, before] = wabt("wat2wasm");
  const made = await run(program, [...before, path.join(folder, "module.wat"), "-o", path.join(folder, "module.wasm")]);
  assert.equal(made.code, 0, made.stderr);
  fs.writeFileSync(path.join(folder, "module.json"), JSON.stringify({ name: "gen", version: "1.0.0", description: `answers ${answer}`, depends }));
  const built = await run(path.join(bin, "ingotc"), ["build", folder, "-O", "dev", "--target", "x86-64-v2", "--key", path.join(cast, "test.key"), "-o", path.join(folder, "gen.ingot")]);
  assert.equal(built.code, 0, built.stderr);
  return folder;
}

/** Puts a cast module in the place of what is there, as a deploy does: the bundle under its name at once. */
function deploy(folder, server) {
  const target = server.moduleFolder("gen");
  fs.mkdirSync(target, { recursive: true });
  for (const file of ["module.json", "gen.ingot"]) {
    fs.copyFileSync(path.join(folder, file), path.join(target, `.${file}`));
    fs.renameSync(path.join(target, `.${file}`), path.join(target, file));
  }
}

const one = await generation("one"), two = await generation("two"), broken = await generation("three", { trap: true });
const manager = { anonymous_permissions: ["*:*:*"] };
const stateOf = async (server) => Object.fromEntries((await server.request("GET", "/api/modules")).json.data.map(({ name, state, change }) => [name, change ? `${state} ${change}` : state]));
const put = (server, name, active) => server.request("PUT", `/api/modules/${name}`, { active });
const reload = (server, name) => server.request("POST", `/api/modules/${name}/reload`);
const answer = async (server) => dataOf(await server.request("GET", "/api/gen/answer"));

/** SIGHUP, and the line that says what came of it. */
async function hup(server) {
  const before = server.log.length;
  server.child.kill("SIGHUP");
  for (let i = 0; i < 1200; ++i) {
    const found = server.log.slice(before).match(/ (reloaded|reload refused[^\n]*)\n/);
    if (found) return found[1];
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`no reload:\n${server.log}`);
}

for (const database of databases()) {
  const of = (name) => `${database}: ${name}`;
  const server = await Server.start({ modules: ["core", "crm", "accounting", "invoicing"], database, ours: manager });

  test(of("a module that is switched off says so, and comes back"), async () => {
    const file = path.join(server.moduleFolder("invoicing"), "module.json");
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("{", '{"x_of_the_operators": [1, 2],'));
    const before = JSON.parse(fs.readFileSync(file, "utf8"));
    assert.equal((await server.request("GET", "/api/invoicing/invoices")).status, 200);
    assert.equal(dataOf(await put(server, "invoicing", false)).state, "inactive");
    assert.deepEqual(JSON.parse(fs.readFileSync(file, "utf8")), { ...before, active: false });
    assertError(await server.request("GET", "/api/invoicing/invoices"), 403, "MODULE_INACTIVE");
    assert.equal((await server.request("GET", "/api/crm/contacts")).status, 200);
    assert.equal(dataOf(await put(server, "invoicing", false)).state, "inactive");  // twice is once
    assert.equal(dataOf(await put(server, "invoicing", true)).state, "active");
    assert.equal((await server.request("GET", "/api/invoicing/invoices")).status, 200);
    assert.deepEqual(fs.readdirSync(server.moduleFolder("invoicing")).filter((name) => name.includes("tmp")), []);
  });

  test(of("what others need is not switched off, and what needs others not on"), async () => {
    const refused = await put(server, "core", false);
    assertError(refused, 409, "HAS_DEPENDANTS");
    for (const name of ["crm", "accounting"]) assert.match(refused.json.error.message, new RegExp(`\\b${name}\\b`));
    assert.equal(dataOf(await server.request("GET", "/api/modules/core")).state, "active");
    for (const name of ["invoicing", "crm"]) dataOf(await put(server, name, false));
    const file = path.join(server.moduleFolder("invoicing"), "module.json"), before = fs.readFileSync(file, "utf8");
    const alone = await put(server, "invoicing", true);
    assertError(alone, 409, "NOT_CHANGED");
    assert.match(alone.json.error.message, /crm/);
    assert.equal(fs.readFileSync(file, "utf8"), before);
    assertError(await server.request("GET", "/api/invoicing/invoices"), 403, "MODULE_INACTIVE");
    for (const name of ["crm", "invoicing"]) dataOf(await put(server, name, true));
    assert.equal((await server.request("GET", "/api/invoicing/invoices")).status, 200);
  });

  test(of("modules come, change and go; what is unchanged stays mapped"), async () => {
    const calls = async () => dataOf(await server.request("GET", "/api/modules/crm")).calls;
    assertError(await server.request("GET", "/api/gen/answer"), 404, "NOT_FOUND");
    deploy(one, server);
    assert.equal(await hup(server), "reloaded");
    assert.deepEqual(await stateOf(server), { accounting: "active unchanged", core: "active unchanged", crm: "active unchanged", gen: "active new", invoicing: "active unchanged" });
    assert.equal(await answer(server), "one");
    const counted = await calls();
    deploy(two, server);
    assert.equal(dataOf(await reload(server, "gen")).change, "changed");
    assert.equal(await answer(server), "two");
    assert.equal(await calls(), counted);
    fs.rmSync(server.moduleFolder("gen"), { recursive: true });
    assert.equal(await hup(server), "reloaded");
    assertError(await server.request("GET", "/api/gen/answer"), 404, "NOT_FOUND");
    assertError(await reload(server, "gen"), 404, "NOT_FOUND");
  });

  test(of("what does not come up changes nothing"), async () => {
    deploy(one, server);
    assert.equal(await hup(server), "reloaded");
    const bundle = path.join(server.moduleFolder("gen"), "gen.ingot");
    const damaged = fs.readFileSync(path.join(two, "gen.ingot"));
    damaged[damaged.length >> 1] ^= 1;
    for (const bad of [() => deploy(broken, server), () => fs.writeFileSync(`${bundle}.new`, damaged) ?? fs.renameSync(`${bundle}.new`, bundle), () => fs.rmSync(bundle),
      () => fs.writeFileSync(path.join(server.moduleFolder("gen"), "module.json"), "{")]) {
      bad();
      const refused = await reload(server, "gen");
      assertError(refused, 409, "NOT_CHANGED");
      assert.match(refused.json.error.message, /gen/);
      assert.match(await hup(server), /reload refused.*gen/);
      assert.equal(await answer(server), "one");
      deploy(one, server);
    }
    assert.equal(await hup(server), "reloaded");
    assert.equal(await answer(server), "one");
  });

  test(of("a configuration is read again, and a wrong one is refused whole"), async () => {
    fs.writeFileSync(server.configPath, "{");
    assert.match(await hup(server), /reload refused.*not valid JSON/);
    assert.equal((await server.request("GET", "/api/crm/contacts")).status, 200);
    const good = server.config;
    server.config = { ...good, thread_pool: 3, ingot: { ...good.ingot, anonymous_permissions: ["accounting:*:*", "ingot:*:*"] } };
    server.writeConfig();
    assert.equal(await hup(server), "reloaded");
    assert.match(server.log, /after a restart only key=thread_pool/);
    assertError(await server.request("GET", "/api/crm/contacts"), 401, "UNAUTHENTICATED");
    assert.equal((await server.request("GET", "/api/accounting/balances")).status, 200);
    // Nobody is trusted any more: then nothing of it may run, so it is refused, and the old one serves.
    server.config = { ...good, ingot: { ...good.ingot, trusted_keys: [] } };
    server.writeConfig();
    assert.match(await hup(server), /reload refused/);
    assert.equal((await server.request("GET", "/api/accounting/balances")).status, 200);
    server.config = good;
    server.writeConfig();
    assert.equal(await hup(server), "reloaded");
    assert.equal((await server.request("GET", "/api/crm/contacts")).status, 200);
    await server.stop();
  });
}

test("requests go on while versions change, none fails, none is answered by neither", async () => {
  const server = await Server.start({ modules: ["core"], ours: manager });
  deploy(one, server);
  assert.equal(await hup(server), "reloaded");
  const mappings = () => fs.readFileSync(`/proc/${server.child.pid}/maps`, "utf8").split("\n").filter((line) => line.includes("r-xp") && line.includes("memfd")).length;
  // Besides clients' connections, which come and go by themselves, and SQLite's file, whose descriptors are kept for the next connection while another one has a lock.
  const files = () => fs.readdirSync(`/proc/${server.child.pid}/fd`).map((fd) => fs.readlinkSync(`/proc/${server.child.pid}/fd/${fd}`)).filter((target) => !target.startsWith("socket:") && !target.includes("/ingot.db")).sort();
  await Promise.all(Array.from({ length: 16 }, () => answer(server)));  // each of the server's threads has had connections
  const code = mappings(), open = files();
  let running = true, answered = 0;
  const wrong = [];
  const client = async () => {
    while (running) {
      const { status, json, text } = await server.request("GET", "/api/gen/answer");
      if (status !== 200 || (json.data !== "one" && json.data !== "two")) wrong.push(text);
      ++answered;
    }
  };
  const clients = [client(), client(), client(), client()];
  for (let swap = 0; swap < 40; ++swap) {
    deploy(swap % 2 === 0 ? two : one, server);
    dataOf(await reload(server, "gen"));
    assert.equal(await answer(server), swap % 2 === 0 ? "two" : "one");  // who asks after the swap gets the new one
  }
  running = false;
  await Promise.all(clients);
  assert.deepEqual(wrong, []);
  assert.ok(answered > 40, `${answered}`);
  assert.equal(mappings(), code, "old code is still mapped");
  assert.deepEqual(files(), open);
  await server.stop();
});

test("only who may manages modules", async () => {
  const server = await Server.start({ modules: ["core", "crm"], config: { master_key: secret } });
  const token = async (permission) => (await run(path.join(bin, "ingot"), ["token", server.configPath, "--subject", "u", "--permission", permission])).stdout.trim();
  const as = async (permission, method, target, body) => server.request(method, target, body, { authorization: `Bearer ${await token(permission)}` });
  assertError(await put(server, "crm", false), 401, "UNAUTHENTICATED");
  assertError(await reload(server, "crm"), 401, "UNAUTHENTICATED");
  assertError(await as("crm:*:*", "PUT", "/api/modules/crm", { active: false }), 403, "FORBIDDEN");
  assert.equal((await server.request("GET", "/api/modules/crm")).json.data.state, "active");
  const may = "ingot:modules:manage";
  for (const body of [undefined, {}, { active: 1 }, [], "active"]) assertError(await as(may, "PUT", "/api/modules/crm", body), 400, "BAD_REQUEST");
  assertError(await as(may, "PUT", "/api/modules/none", { active: false }), 404, "NOT_FOUND");
  assertError(await as(may, "PUT", "/api/modules/..%2fcore", { active: false }), 404, "NOT_FOUND");
  assertError(await as(may, "PATCH", "/api/modules/crm", {}), 405, "METHOD_NOT_ALLOWED");
  assertError(await as(may, "GET", "/api/modules/crm/reload"), 405, "METHOD_NOT_ALLOWED");
  assert.equal(dataOf(await as(may, "PUT", "/api/modules/crm", { active: false })).state, "inactive");
  await server.stop();
});

await runAll();
