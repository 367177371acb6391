// SPDX-License-Identifier: Apache-2.0
// A module that cannot be served is set aside with its reason; the rest serves, and /ready says why. A migration that fails leaves
// nothing behind.
import fs from "node:fs";
import path from "node:path";
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { bin, cast, databases, guestSources, run, Server, temporaryFolder, withServer } from "./lib/server.mjs";

const everything = { anonymous_permissions: ["*:*:*"] };

/** Asserts that exactly these modules are set aside, each with a reason that fits its pattern, and that the others serve. */
async function assertQuarantined(server, expected, inactive = []) {
  const ready = dataOf(await server.request("GET", "/ready"));
  assert.equal(ready.status, Object.keys(expected).length > 0 ? "degraded" : "ready");
  assert.deepEqual(ready.quarantined.map((entry) => entry.module).sort(), Object.keys(expected).sort(), JSON.stringify(ready));
  const list = dataOf(await server.request("GET", "/api/modules"));
  for (const { module, reason } of ready.quarantined) {
    assert.match(reason, expected[module], module);
    const entry = list.find((candidate) => candidate.name === module);
    assert.equal(entry.state, "quarantined");
    assert.equal(entry.reason, reason);
    for (const route of ["ok", "echo", "codes", "contacts"]) assert.equal((await server.request("GET", `/api/${module}/${route}`)).status, 404);
    assert.match(server.log, new RegExp(`error module quarantined module=${module} reason=`));
  }
  for (const entry of list) {
    if (entry.name in expected) continue;
    assert.equal(entry.state, inactive.includes(entry.name) ? "inactive" : "active", entry.name);
  }
  if (list.some((entry) => entry.name === "counter")) {
    assert.deepEqual(dataOf(await server.request("GET", "/api/counter/count")), [1, 1, 2]);
  }
}

/** Changes one module's module.json. */
function editDescription(server, name, changes) {
  const file = path.join(server.moduleFolder(name), "module.json");
  fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, "utf8")), ...changes }));
}

const bundleOf = (server, name) => path.join(server.moduleFolder(name), `${name}.ingot`);

/** A server whose folder `change` spoils before the start. */
const withSpoilt = (options, change, body) => withServer(options, body, change);

async function failedMigrations(database) {
  await withServer({ modules: ["badmigrate", "badmigrate_later", "counter", "trap"], database }, async (server) => {
    const expected = {
      badmigrate: /version 1 of module 'badmigrate'.*idx_badfirst_code/,
      badmigrate_later: /version 2 of module 'badmigrate_later'.*idx_laterfirst_extra/,
    };
    const check = async () => {
      await assertQuarantined(server, expected);
      // Of badmigrate nothing at all; of badmigrate_later version 1 whole and version 2 not in part.
      const found = (await server.catalog()).filter((line) => /bad|later/.test(line));
      const columns = ["code", "created_at", "deleted_at", "id", "updated_at"].map((column) => `column laterfirst.${column}`);
      assert.deepEqual(found.filter((line) => !line.endsWith("_pkey")), [...columns, "table laterfirst"]);
      assert.deepEqual(await server.history(), ["badmigrate_later 1", "trap 1"]);
      const owners = database === "sqlite" ? "ingot_module_tables" : "ingot.module_tables";
      assert.deepEqual((await server.sql(`SELECT table_name FROM ${owners} ORDER BY table_name`)).map((row) => row.table_name), ["laterfirst", "trap_note"]);
      assert.equal(dataOf(await server.request("POST", "/api/trap/notes")).rows_affected, 1);
    };
    await check();
    // The second start finds what the first one left, and comes to the same end.
    await server.stop();
    await server.launch();
    await check();
  });
}

/** Puts another cast version of a module in its place. */
function replaceModule(server, name, kind) {
  fs.rmSync(server.moduleFolder(name), { recursive: true });
  fs.cpSync(path.join(cast, kind, name), server.moduleFolder(name), { recursive: true });
}

async function failedUpgrade(database) {
  await withServer({ modules: ["duplicates", "counter"], database }, async (server) => {
    const post = () => server.request("POST", "/api/duplicates/codes");
    const count = async () => dataOf(await server.request("GET", "/api/duplicates/codes")).rows[0].total;
    for (let n = 0; n < 2; ++n) assert.equal(dataOf(await post()).rows_affected, 1);
    const before = await server.catalog();
    await server.stop();

    replaceModule(server, "duplicates", "testing-next");
    await server.launch();
    await assertQuarantined(server, { duplicates: /version 2 of module 'duplicates'/ });
    assert.equal(dataOf(await server.request("GET", "/api/modules")).find((module) => module.name === "duplicates").version, "2.0.0");
    assert.deepEqual(await server.catalog(), before);
    assert.deepEqual(await server.history(), ["duplicates 1"]);
    await server.stop();

    // Back to the version that worked: its data is untouched.
    replaceModule(server, "duplicates", "testing");
    await server.launch();
    await assertQuarantined(server, {});
    assert.equal(await count(), 2);
  });
}

async function goodUpgrade(database) {
  await withServer({ modules: ["duplicates", "counter"], database }, async (server) => {
    dataOf(await server.request("POST", "/api/duplicates/codes"));
    await server.stop();
    replaceModule(server, "duplicates", "testing-next");
    await server.launch();
    await assertQuarantined(server, {});
    assert.deepEqual(await server.history(), ["duplicates 1", "duplicates 2"]);
    const catalog = await server.catalog();
    for (const line of ["table duplicate", "column duplicate.note", "table duplicate_other"]) assert.ok(catalog.includes(line), line);
    // The row stayed, and the new index holds. The guest answers the statement's error text, so the host makes it a 409.
    assert.equal(dataOf(await server.request("GET", "/api/duplicates/codes")).rows[0].total, 1);
    assertError(await server.request("POST", "/api/duplicates/codes"), 409, "TRANSACTION_ABORTED");
    assert.equal(dataOf(await server.request("GET", "/api/duplicates/codes")).rows[0].total, 1);
  });
}

async function dependencies(database) {
  await withServer({ modules: ["wantsdep", "cycle_a", "cycle_b", "counter"], database }, (server) => assertQuarantined(server, {
    wantsdep: /absent_module/,
    cycle_a: /cycle.*cycle_a -> cycle_b -> cycle_a/,
    cycle_b: /cycle.*cycle_a -> cycle_b -> cycle_a/,
  }));
}

/** The bundles that are not to be trusted are cast once. */
let untrusted;
async function castUntrusted() {
  if (untrusted) return untrusted;
  const folder = temporaryFolder();
  const ingotc = async (...words) => {
    const { code, stderr } = await run(path.join(bin, "ingotc"), words);
    assert.equal(code, 0, stderr);
  };
  const made = { unsigned: path.join(folder, "unsigned.ingot"), stranger: path.join(folder, "stranger.ingot") };
  await ingotc("keygen", "-o", path.join(folder, "stranger"));
  await ingotc("build", path.join(guestSources, "echo_packed"), "-o", made.unsigned, "--unsigned", "-O", "dev");
  await ingotc("build", path.join(guestSources, "echo_pair"), "-o", made.stranger, "--key", path.join(folder, "stranger.key"), "-O", "dev");
  return (untrusted = made);
}

async function badBundles(database) {
  const { unsigned, stranger } = await castUntrusted();
  const modules = ["counter", "echo_mv", "echo_packed", "echo_pair", "echo_sret", "liar", "spin", "hungry"];
  await withSpoilt({ modules, database }, (server) => {
    const bytes = fs.readFileSync(bundleOf(server, "echo_mv"));
    bytes[bytes.length >> 1] ^= 1;
    fs.writeFileSync(bundleOf(server, "echo_mv"), bytes);
    fs.copyFileSync(unsigned, bundleOf(server, "echo_packed"));
    fs.copyFileSync(stranger, bundleOf(server, "echo_pair"));
    fs.truncateSync(bundleOf(server, "echo_sret"), 5000);
    fs.copyFileSync(bundleOf(server, "counter"), bundleOf(server, "liar"));       // well signed, but another module
    fs.rmSync(bundleOf(server, "spin"));
    fs.copyFileSync(bundleOf(server, "hungry"), path.join(server.moduleFolder("hungry"), "again.ingot"));
  }, async (server) => {
    await assertQuarantined(server, {
      echo_mv: /refused/, echo_packed: /no signature/, echo_pair: /not trusted/, echo_sret: /refused/, liar: /differs from the signed/,
      spin: /no bundle/, hungry: /2 bundles/,
    });
    // All of them as they were: nothing of that was remembered.
    await server.stop();
    for (const name of modules) replaceModule(server, name, "testing");
    await server.launch();
    await assertQuarantined(server, {});
  });
}

async function unsignedOnRequest(database) {
  const { unsigned } = await castUntrusted();
  await withSpoilt({ modules: ["counter", "echo_packed"], database, ours: { allow_unsigned: true } },
    (server) => fs.copyFileSync(unsigned, bundleOf(server, "echo_packed")),
    async (server) => {
      await assertQuarantined(server, {});
      assert.equal(dataOf(await server.request("GET", "/api/echo_packed/echo")).handler, 7);
      assert.match(server.log, / warn .*allow_unsigned/);
    });
}

async function changedDescriptions(database) {
  const modules = ["counter", "echo_mv", "echo_packed", "echo_pair", "echo_sret", "trap"];
  await withSpoilt({ modules, database }, (server) => {
    editDescription(server, "echo_mv", { depends: ["counter"] });        // would open another module to it
    editDescription(server, "echo_packed", { version: "9.9.9" });
    editDescription(server, "echo_pair", { name: "counter" });
    fs.writeFileSync(path.join(server.moduleFolder("echo_sret"), "module.json"), "{ no JSON");
    editDescription(server, "trap", { description: "Translated", unknown_key: 1 });  // grants nothing, so it may be changed
  }, (server) => assertQuarantined(server, {
    echo_mv: /differs from the signed/, echo_packed: /differs from the signed/, echo_pair: /'counter'.*'echo_pair'/, echo_sret: /module\.json/,
  }));
}

async function inactiveModules(database) {
  const modules = ["core", "crm", "accounting", "invoicing", "counter"];
  await withSpoilt({ modules, database, ours: everything }, (server) => editDescription(server, "crm", { active: false }), async (server) => {
    await assertQuarantined(server, { invoicing: /depends on 'crm'/ }, ["crm"]);
    assertError(await server.request("GET", "/api/crm/contacts"), 403, "MODULE_INACTIVE");
    assertError(await server.request("GET", "/api/invoicing/invoices"), 404, "NOT_FOUND");
    assert.equal(dataOf(await server.request("GET", "/api/accounting/accounts")).total, 0);
    assert.ok(!(await server.catalog()).some((line) => /contact|invoice/.test(line)), "a module that is not active was migrated");

    // Active again: everything is there. Inactive is a wish, no fault: alone it leaves /ready as it is.
    await server.stop();
    editDescription(server, "crm", { active: true });
    editDescription(server, "invoicing", { active: false });
    await server.launch();
    await assertQuarantined(server, {}, ["invoicing"]);
    assert.equal(dataOf(await server.request("GET", "/api/crm/contacts")).total, 0);
  });
}

async function brokenBelow(database) {
  // What depends on a module that fails at its migration or its bundle is set aside with it, through all levels.
  await withSpoilt({ modules: ["core", "crm", "accounting", "invoicing", "counter"], database, ours: everything }, (server) => {
    const bytes = fs.readFileSync(bundleOf(server, "accounting"));
    bytes[4096] ^= 0x80;
    fs.writeFileSync(bundleOf(server, "accounting"), bytes);
  }, async (server) => {
    await assertQuarantined(server, { accounting: /refused/, invoicing: /depends on 'accounting'/ });
    dataOf(await server.request("POST", "/api/crm/contacts", { name: "Ada", email: "ada@example.org" }), 201);
  });
}

async function twoRoots(database) {
  await withSpoilt({ modules: ["counter", "echo_mv", "trap"], database }, (server) => {
    const second = path.join(server.folder, "more");
    fs.mkdirSync(second);
    fs.cpSync(server.moduleFolder("echo_mv"), path.join(second, "echo_mv"), { recursive: true });
    fs.renameSync(server.moduleFolder("trap"), path.join(second, "trap"));
    server.config.module_root.push(second);
    server.writeConfig();
  }, async (server) => {
    await assertQuarantined(server, { echo_mv: /two modules are called 'echo_mv'/ });
    assert.equal(dataOf(await server.request("GET", "/api/trap/ok")), "ok");
  });
}

/** What the configuration promises and is not there is no module's fault: the server says so and does not start. */
async function serverRefuses(change, pattern, database = "sqlite") {
  const server = await Server.prepare({ modules: ["counter"], database });
  try {
    change(server.config, server);
    server.writeConfig();
    const { code, stderr } = await run(path.join(bin, "ingot"), ["serve", server.configPath], { timeout: 30_000 });
    assert.equal(code, 1, stderr);
    assert.match(stderr, pattern);
  } finally {
    await server.remove();
  }
}

for (const database of databases()) {
  for (const [name, body] of [
    ["failing migrations are rolled back whole", failedMigrations],
    ["an upgrade that fails on the data leaves the old version's tables", failedUpgrade],
    ["an upgrade that succeeds", goodUpgrade],
    ["a missing dependency and a cycle", dependencies],
    ["damaged, unsigned, strange, missing bundles", badBundles],
    ["unsigned bundles serve when the configuration says so", unsignedOnRequest],
    ["module.json that differs from the signed one", changedDescriptions],
    ["inactive modules and what depends on them", inactiveModules],
    ["what depends on a broken module", brokenBelow],
    ["one module in two roots", twoRoots],
  ]) {
    test(`${name} (${database})`, () => body(database));
  }
  test(`a configuration that cannot be served: exit code 1 and a message (${database})`, async () => {
    await serverRefuses((config, server) => config.module_root.push(path.join(server.folder, "nowhere")), /error: .*module_root.*nowhere/, database);
    await serverRefuses((config) => (config.module_root = undefined), /error: .*module_root/, database);
    await serverRefuses((config) => config.ingot.trusted_keys.push("absent.pub"), /error: .*trusted key.*absent\.pub/, database);
    await serverRefuses((config) => (config.ingot.no_such_key = 1), /error: .*ingot\.no_such_key/, database);
    if (database === "postgresql") await serverRefuses((config) => (config.db_password = "wrong"), /error: .*password/, database);
    else await serverRefuses((config) => (config.ingot.sqlite_path = "no/such/folder/ingot.db"), /error: .*no\/such\/folder/);
  });
}

await runAll();
