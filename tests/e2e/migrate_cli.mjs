// SPDX-License-Identifier: Apache-2.0
// `ingot migrate plan|apply|status|down|check|repair` and `ingot modules`: what they print, what they change, and their exit codes.
import fs from "node:fs";
import path from "node:path";
import { assert, dataOf, runAll, test } from "./lib/check.mjs";
import { bin, cast, databases, run, Server, temporaryFolder, withServer } from "./lib/server.mjs";

const business = ["core", "crm", "accounting", "invoicing"];
const everything = { anonymous_permissions: ["*:*:*"] };
/** What the migration texts of the business modules say. */
const versions = ["accounting 1", "accounting 2", "core 1", "core 2", "crm 1", "crm 2", "invoicing 1", "invoicing 2"];
const tables = ["account", "company", "contact", "invoice", "invoice_line", "journal_entry", "journal_line", "number_series",
  "sales_order", "sales_order_line", "setting"];

const ingot = (...words) => run(path.join(bin, "ingot"), words);

/** Runs a verb on a configuration that is not served, expects this exit code, and gives what it printed, as JSON if asked so. */
async function verb(server, words, code = 0) {
  const result = await ingot(...words.split(" "), server.configPath);
  assert.equal(result.code, code, `${words}: ${result.stderr}`);
  return result;
}
const verbJson = async (server, words, code = 0) => JSON.parse((await verb(server, `${words} --json`, code)).stdout);

/** A configuration and an empty database without a server. */
async function withConfiguration(options, body) {
  const server = await Server.prepare(options);
  try {
    await body(server);
  } finally {
    if (server.running) await server.kill();
    await server.remove();
  }
}

const named = (list) => list.map((item) => `${item.module} ${item.version}`);
const tablesOf = (catalog) => catalog.filter((line) => line.startsWith("table ")).map((line) => line.slice("table ".length));
const editDescription = (server, name, changes) => {
  const file = path.join(server.moduleFolder(name), "module.json");
  fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, "utf8")), ...changes }));
};
const replaceModule = (server, name, kind) => {
  fs.rmSync(server.moduleFolder(name), { recursive: true });
  fs.cpSync(path.join(cast, kind, name), server.moduleFolder(name), { recursive: true });
};

async function planApplyStatus(database) {
  await withConfiguration({ modules: business, database, ours: everything }, async (server) => {
    // Plan: the SQL of every version, what others depend on first; nothing happens.
    const plan = await verbJson(server, "migrate plan");
    assert.deepEqual(named(plan).sort(), versions);
    const order = plan.map((version) => version.module);
    assert.ok(order.indexOf("core") < order.indexOf("crm") && order.indexOf("crm") < order.indexOf("invoicing"), order.join(" "));
    for (const version of plan) {
      assert.equal(version.destructive, false);
      assert.ok(version.sql.length > 0 && version.sql.every((sql) => /^(CREATE|ALTER) /.test(sql)), JSON.stringify(version));
      assert.deepEqual(version.statements.map((statement) => statement.sql), version.sql);
      for (const { sql, params, locks, destructive } of version.statements) {
        assert.deepEqual([params, destructive], [[], false]);
        if (database === "postgresql" && /^ALTER TABLE .* ADD COLUMN/.test(sql)) assert.equal(locks[0].mode, "ACCESS EXCLUSIVE", sql);
        if (database === "sqlite") assert.deepEqual(locks, []);
      }
    }
    assert.ok(plan.find((version) => version.module === "crm" && version.version === 1).sql.some((sql) => /^CREATE TABLE .*contact.*credit_limit_cents/.test(sql)));
    const text = (await verb(server, "migrate plan")).stdout;
    for (const version of plan) {
      assert.ok(text.includes(`-- ${version.module} version ${version.version}`), text);
      for (const sql of version.sql) assert.ok(text.includes(`${sql};`));
    }
    assert.deepEqual(await server.catalog(), []);
    assert.deepEqual(await server.history(), []);
    const pending = await verbJson(server, "migrate status");
    assert.deepEqual(named(pending).sort(), versions);
    assert.ok(pending.every((row) => row.state === "pending" && row.applied_at === "" && /^[0-9a-f]{64}$/.test(row.checksum)));

    // Apply, and once more.
    const applied = await verbJson(server, "migrate apply");
    assert.deepEqual(Object.fromEntries(applied.map((item) => [item.module, item.applied])), { core: 2, accounting: 2, crm: 2, invoicing: 2 });
    assert.deepEqual(await server.history(), versions);
    assert.deepEqual(tablesOf(await server.catalog()), tables);
    const catalog = await server.catalog();
    const again = await verbJson(server, "migrate apply");
    assert.deepEqual(again.map((item) => item.applied), [0, 0, 0, 0]);
    assert.match((await verb(server, "migrate apply")).stdout, /core +0 versions applied/);
    assert.deepEqual(await verbJson(server, "migrate plan"), []);
    assert.equal((await verb(server, "migrate plan")).stdout, "");
    assert.deepEqual(await server.catalog(), catalog);
    const status = await verbJson(server, "migrate status");
    assert.deepEqual(named(status).sort(), versions);
    for (const row of status) {
      assert.equal(row.state, "applied");
      assert.ok(Math.abs(Date.parse(row.applied_at) - Date.now()) < 300_000, row.applied_at);
    }
    assert.deepEqual(status.map((row) => row.checksum), pending.map((row) => row.checksum));
    assert.match((await verb(server, "migrate status")).stdout, /crm +1 +applied +\d{4}-/);

    // A server finds nothing left to do, and serves.
    await server.launch();
    assert.doesNotMatch(server.log, /migrations applied/);
    dataOf(await server.request("POST", "/api/crm/contacts", { name: "Ada", email: "ada@example.org" }), 201);
    await server.stop();
  });
}

/** The planned SQL is what apply runs: by hand it makes the same tables, columns and indexes. */
async function planIsTheTruth(database) {
  await withConfiguration({ modules: business, database }, async (server) => {
    const plan = await verbJson(server, "migrate plan");
    await withConfiguration({ modules: [], database }, async (other) => {
      await other.execute(plan.flatMap((version) => version.sql));
      await verb(server, "migrate apply");
      assert.deepEqual(await other.catalog(), await server.catalog());
    });
  });
}

async function askingChangesNothing(database) {
  const made = database === "sqlite"
    ? (server) => fs.existsSync(path.join(server.folder, "ingot.db")) ? server.sql("SELECT name FROM sqlite_schema") : []
    : (server) => server.sql("SELECT nspname AS name FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'public')");
  for (const words of ["migrate plan", "migrate status", "modules"]) {
    await withConfiguration({ modules: business, database }, async (server) => {
      await verb(server, words);
      assert.deepEqual(await made(server), [], `\`ingot ${words}\` has changed a database that was never used`);
    });
  }
}

async function byHandOnly(database) {
  const options = { modules: business, database, ours: everything };
  await withServer(options, async (server) => {
    // crm waits for its administrator; core and accounting do not.
    assert.deepEqual((await server.history()).filter((row) => row.startsWith("crm")), []);
    assert.ok(!tablesOf(await server.catalog()).includes("contact"));
    assert.equal(dataOf(await server.request("GET", "/api/core/companies")).total, 0);
    const early = await server.request("GET", "/api/crm/contacts");
    assert.ok(early.status >= 400 && early.json.error.code, early.text);
    assert.deepEqual(named((await verbJson(server, "migrate status")).filter((row) => row.state === "pending")), ["crm 1", "crm 2"]);

    // The server need not be stopped for it.
    const applied = await verbJson(server, "migrate apply");
    assert.deepEqual(applied.filter((item) => item.applied > 0), [{ module: "crm", applied: 2 }]);
    dataOf(await server.request("POST", "/api/crm/contacts", { name: "Ada", email: "ada@example.org" }), 201);
    assert.equal(dataOf(await server.request("GET", "/api/crm/contacts")).total, 1);
    await server.stop();
    await server.launch();
    assert.equal(dataOf(await server.request("GET", "/api/crm/contacts")).total, 1);
  }, (server) => editDescription(server, "crm", { auto_install: false }));
}

async function upgrades(database) {
  await withConfiguration({ modules: ["duplicates", "counter"], database }, async (server) => {
    await verb(server, "migrate apply");
    replaceModule(server, "duplicates", "testing-next");
    assert.deepEqual(named(await verbJson(server, "migrate plan")), ["duplicates 2"]);
    const states = async () => (await verbJson(server, "migrate status")).map((row) => `${row.module} ${row.version} ${row.state}`);
    assert.deepEqual(await states(), ["duplicates 1 applied", "duplicates 2 pending"]);
    await verb(server, "migrate apply");
    assert.deepEqual(await states(), ["duplicates 1 applied", "duplicates 2 applied"]);
    // An older module on a newer database: the version that it does not know is named.
    replaceModule(server, "duplicates", "testing");
    assert.deepEqual(await states(), ["duplicates 1 applied", "duplicates 2 orphaned"]);
    assert.deepEqual((await verbJson(server, "migrate apply")).map((item) => item.applied), [0, 0]);
    assert.deepEqual(await server.history(), ["duplicates 1", "duplicates 2"]);
  });
}

async function takenBack(database) {
  await withConfiguration({ modules: ["duplicates", "trap"], database }, async (server) => {
    await verb(server, "migrate apply");
    const before = await server.catalog();
    replaceModule(server, "duplicates", "testing-next");
    await verb(server, "migrate apply");
    assert.notDeepEqual(await server.catalog(), before);
    const refused = await verb(server, "migrate down --module duplicates --to 1", 6);
    assert.match(refused.stderr, /needs --allow-data-loss:\n +taking back version 2 drops the column/);
    assert.equal(refused.stdout, "");
    assert.deepEqual(await server.history(), ["duplicates 1", "duplicates 2", "trap 1"]);
    // The older module is back already: the history alone knows what version 2 did.
    replaceModule(server, "duplicates", "testing");
    const done = await verbJson(server, "migrate down --module duplicates --to 1 --allow-data-loss");
    assert.deepEqual(done.map((version) => [version.module, version.version, version.destructive]), [["duplicates", 2, true]]);
    assert.deepEqual(await server.catalog(), before);
    assert.deepEqual(await server.history(), ["duplicates 1", "trap 1"]);
    assert.match((await verb(server, "migrate down --module duplicates --to 1")).stdout, /nothing above version 1/);
    assert.match((await verb(server, "migrate down --module absent --to 3", 6)).stderr, /version 3 of module 'absent' is not applied/);
    assert.match((await verb(server, "migrate down --module duplicates --to 0 --allow-data-loss")).stdout, /duplicates +1 +taken back/);
    assert.deepEqual(tablesOf(await server.catalog()), ["trap_note"]);
  });
}

async function changedHistory(database) {
  await withConfiguration({ modules: ["duplicates", "trap"], database }, async (server) => {
    await verb(server, "migrate apply");
    const history = database === "sqlite" ? "ingot_module_migrations" : "ingot.module_migrations";
    await server.execute([`UPDATE ${history} SET checksum = '${"0".repeat(64)}' WHERE module_name = 'trap'`]);
    const { stderr } = await verb(server, "migrate apply", 6);
    assert.match(stderr, /error: module trap: .*version 1 .*changed after it was applied/);
    const status = await verbJson(server, "migrate status");
    assert.deepEqual(status.map((row) => `${row.module} ${row.state}`), ["duplicates applied", "trap changed"]);
    // A record is written anew for the one that is named, and says so.
    const found = await verbJson(server, "migrate check", 6);
    assert.deepEqual(found.map((item) => [item.module, item.error?.code]), [["trap", "migration"]]);
    assert.match((await verb(server, "migrate repair --module trap --version 7", 6)).stderr, /version 7 of module 'trap' is not in the module's text/);
    assert.match((await verb(server, "migrate repair --module absent --version 1", 1)).stderr, /no running module 'absent'/);
    const repaired = await verbJson(server, "migrate repair --module trap --version 1");
    assert.deepEqual([repaired.changed, repaired.old_checksum, repaired.checksum], [true, "0".repeat(64), status.find((row) => row.module === "trap").checksum]);
    assert.equal((await verbJson(server, "migrate repair --module trap --version 1")).changed, false);
    await verb(server, "migrate apply");
    assert.match((await verb(server, "migrate check")).stdout, /^trap +as its migrations say$/m);
  });
}

async function drift(database) {
  await withConfiguration({ modules: business, database }, async (server) => {
    assert.deepEqual(await verbJson(server, "migrate check"), [], "a database that was never used");
    await verb(server, "migrate apply");
    assert.deepEqual(await verbJson(server, "migrate check"), []);
    const contact = database === "sqlite" ? "contact" : "crm.contact";
    await server.execute([`ALTER TABLE ${contact} ADD COLUMN by_hand TEXT`]);
    const found = await verbJson(server, "migrate check", 6);
    assert.deepEqual(found.map((item) => [item.module, item.table, item.column]), [["crm", "contact", "by_hand"]]);
    assert.match(found[0].difference, /comes from no migration/);
    assert.match((await verb(server, "migrate check", 6)).stdout, /^crm +contact\.by_hand: .*comes from no migration/m);
  });
}

/** PostgreSQL's own timeout of a statement, from the configuration. SQLite takes the keys and has nothing to do with them. */
async function timeouts(database) {
  await withConfiguration({ modules: ["duplicates"], database }, async (server) => {
    const configure = (migrations) => {
      const config = JSON.parse(fs.readFileSync(server.configPath, "utf8"));
      fs.writeFileSync(server.configPath, JSON.stringify({ ...config, ingot: { ...config.ingot, migrations } }));
    };
    await verb(server, "migrate apply");
    if (database === "postgresql") await server.execute(["INSERT INTO duplicates.duplicate (code) SELECT generate_series(1, 200000)::text"]);
    replaceModule(server, "duplicates", "testing-next");
    configure({ lock_timeout_ms: 1000, statement_timeout_ms: 20 });
    if (database === "postgresql") {
      const { stderr } = await verb(server, "migrate apply", 8);
      assert.match(stderr, /version 2 of module 'duplicates': the statement took longer than 20 ms \(ingot\.migrations\.statement_timeout_ms\)/);
      assert.deepEqual(await server.history(), ["duplicates 1"]);
      configure({ lock_timeout_ms: 1000, statement_timeout_ms: 60_000 });
    }
    await verb(server, "migrate apply");
    assert.deepEqual(await server.history(), ["duplicates 1", "duplicates 2"]);
  });
}

async function failingMigration(database) {
  await withConfiguration({ modules: ["badmigrate", "badmigrate_later", "trap"], database }, async (server) => {
    const { stdout, stderr } = await verb(server, "migrate apply", 6);
    assert.match(stderr, /error: module badmigrate: version 1 .*idx_badfirst_code/);
    assert.match(stderr, /error: module badmigrate_later: version 2 .*idx_laterfirst_extra/);
    assert.match(stdout, /trap +1 version applied/);
    // The others are done, of the failing ones only the version that is good.
    assert.deepEqual(await server.history(), ["badmigrate_later 1", "trap 1"]);
    assert.deepEqual(tablesOf(await server.catalog()), ["laterfirst", "trap_note"]);
    assert.ok(!(await server.catalog()).includes("column laterfirst.extra"));
    const status = await verbJson(server, "migrate status");
    assert.deepEqual(status.map((row) => `${row.module} ${row.version} ${row.state}`).sort(),
      ["badmigrate 1 pending", "badmigrate_later 1 applied", "badmigrate_later 2 pending", "trap 1 applied"]);
    assert.equal((await verb(server, "migrate apply", 6)).code, 6);
  });
}

async function listModules(database) {
  await withConfiguration({ modules: business, database }, async (server) => {
    const list = await verbJson(server, "modules");
    assert.deepEqual(list.map((module) => [module.name, module.version, module.state, module.level, module.routes.length]), [
      ["accounting", "1.0.0", "active", 1, 10], ["core", "1.0.0", "active", 0, 8], ["crm", "1.0.0", "active", 1, 12],
      ["invoicing", "1.0.0", "active", 2, 9],
    ]);
    for (const { name } of list) assert.match((await verb(server, "modules")).stdout, new RegExp(`^${name} +1\\.0\\.0 +active`, "m"));
  });
  await withConfiguration({ modules: ["counter", "wantsdep", "echo_mv"], database }, async (server) => {
    editDescription(server, "echo_mv", { active: false });
    const list = await verbJson(server, "modules", 1);
    assert.deepEqual(list.map((module) => [module.name, module.state]), [["counter", "active"], ["echo_mv", "inactive"], ["wantsdep", "quarantined"]]);
    assert.match(list[2].reason, /absent_module/);
    assert.match((await verb(server, "modules", 1)).stdout, /^wantsdep .*quarantined.*absent_module/m);
  });
}

test("wrong usage is exit code 2, a wrong configuration 1, each with a message", async () => {
  for (const words of [[], ["migrate"], ["migrate", "plan"], ["migrate", "undo", "x.json"],
    ["migrate", "check"], ["migrate", "repair", "x.json", "--module", "m"], ["migrate", "down", "x.json"], ["migrate", "down", "x.json", "--module", "m"], ["migrate", "down", "x.json", "--module", "m", "--to", "-1"], ["modules"], ["modules", "a.json", "b.json"],
    ["modules", "a.json", "--no-such"], ["serve"], ["nonsense"]]) {
    const { code, stdout, stderr } = await ingot(...words);
    assert.equal(code, 2, `ingot ${words.join(" ")}: ${stderr}`);
    assert.ok(stderr.length > 0 && stdout === "", `ingot ${words.join(" ")}`);
  }
  const folder = temporaryFolder();
  const wrong = { "text.json": "no JSON", "list.json": "[]", "empty.json": "{}", "port.json": '{"module_root": ".", "backend_port": 70000}',
    "key.json": '{"module_root": ".", "ingot": {"trusted_key": []}}',
    "timeout.json": '{"module_root": ".", "ingot": {"migrations": {"lock_timeout_ms": -1}}}', "timeouts.json": '{"module_root": ".", "ingot": {"migrations": {"lock_timeout": 1}}}' };
  for (const [name, text] of Object.entries(wrong)) fs.writeFileSync(path.join(folder, name), text);
  for (const name of [...Object.keys(wrong), "absent.json"]) {
    const file = path.join(folder, name);
    for (const words of [["migrate", "plan"], ["migrate", "apply"], ["migrate", "status"], ["migrate", "check"], ["modules"]]) {
      const { code, stderr } = await ingot(...words, file);
      assert.equal(code, 1, `${words.join(" ")} ${name}: ${stderr}`);
      assert.ok(stderr.startsWith("ingot: error: ") && stderr.includes(name), stderr);
      const json = await ingot(...words, file, "--json");
      assert.equal(json.code, 1);
      const { error, exit_code } = JSON.parse(json.stdout);
      assert.ok(error.code && error.message.includes(name));
      assert.equal(exit_code, 1);
    }
  }
  assert.deepEqual(fs.readdirSync(folder).sort(), Object.keys(wrong).sort(), "a refused configuration left something behind");
});

for (const database of databases()) {
  for (const [name, body] of [
    ["plan, apply and status", planApplyStatus],
    ["the planned SQL makes the tables that apply makes", planIsTheTruth],
    ["plan, status and modules change nothing", askingChangesNothing],
    ["auto_install: false waits for `migrate apply`", byHandOnly],
    ["an upgrade and an orphaned version", upgrades],
    ["a version that is taken back", takenBack],
    ["a version that was changed after it was applied", changedHistory],
    ["a table that was changed by hand", drift],
    ["timeouts from the configuration", timeouts],
    ["a failing migration: exit code 6, the others are applied", failingMigration],
    ["modules", listModules],
  ]) {
    test(`${name} (${database})`, () => body(database));
  }
}

await runAll();
