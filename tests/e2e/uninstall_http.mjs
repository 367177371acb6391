// SPDX-License-Identifier: Apache-2.0
// Uninstalling over HTTP while the server serves: a preview that changes nothing, dependants by name, data kept, and all as it was when the reload is refused.
import fs from "node:fs";
import path from "node:path";
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { Document } from "./lib/openapi.mjs";
import { Server, bin, cast, databases, run, temporaryFolder } from "./lib/server.mjs";

const secret = "0123456789abcdef0123456789abcdef";
const modules = ["core", "crm", "accounting", "invoicing"];
const ours = { limits: { call_deadline_ms: 5000 }, anonymous_permissions: modules.map((name) => `${name}:*:*`), identity: { roles: { manager: ["ingot:modules:manage", "ingot:admin:read"], keeper: ["ingot:data:*"], sales: ["crm:*:*"] } } };
const table = (server, module, name) => server.config.db_name ? `${module}.${name}` : name;
const everything = (server) => Promise.all([server.catalog(), server.history(), ...modules.map((name) => fs.existsSync(server.moduleFolder(name)) ? fs.readdirSync(server.moduleFolder(name)).sort() : [])]);

for (const database of databases()) {
  const of = (name) => `${database}: ${name}`;
  const server = await Server.start({ modules, database, ours, config: { master_key: secret } });
  const bearer = async (role) => ({ authorization: `Bearer ${(await run(path.join(bin, "ingot"), ["token", server.configPath, "--subject", "ann", "--role", role])).stdout.trim()}` });
  const manager = await bearer("manager"), sales = await bearer("sales"), keeper = await bearer("keeper");
  const preview = (name, who = manager) => server.request("GET", `/api/modules/${name}/uninstall`, undefined, who);
  const remove = (name, who = manager, query = "") => server.request("DELETE", `/api/modules/${name}${query}`, undefined, who);
  const document = new Document((await server.request("GET", "/api/openapi.json")).json);
  const declared = (method, target, answer) => (assert.equal(document.objection(method, target, answer), undefined, `${method} ${target}`), answer);
  const exported = (name, who = keeper) => server.request("GET", `/api/modules/${name}/export`, undefined, who);
  const purge = (name, body = { confirm: name }, who = keeper) => server.request("POST", `/api/modules/${name}/purge`, body, who);
  const rows = async (name, its) => Number((await server.sql(`SELECT count(*) AS n FROM ${table(server, name, its)}`))[0].n);
  const contacts = async () => dataOf(await server.request("GET", "/api/crm/contacts")).total;

  for (let i = 0; i < 3; ++i) dataOf(await server.request("POST", "/api/crm/contacts", { name: `c${i}`, email: `c${i}@example.org` }), 201);

  test(of("a preview says who needs a module and what it has, and changes nothing"), async () => {
    const before = await everything(server);
    const told = dataOf(declared("GET", "/api/modules/crm/uninstall", await preview("crm")));
    assert.deepEqual([told.module, told.uninstalled, told.files, told.files_kept, told.dependants], ["crm", false, ["crm.ingot", "module.json"], [], [{ name: "invoicing", active: true }]]);
    assert.equal(told.tables.find(({ table: name }) => name === "contact").rows, 3);
    for (const { table: name, rows } of told.tables) assert.equal(Number((await server.sql(`SELECT count(*) AS n FROM ${table(server, "crm", name)}`))[0].n), rows, name);
    assert.ok(!JSON.stringify(told).includes(server.folder), "no path of the machine");
    assert.deepEqual(await everything(server), before);
  });

  test(of("only who manages modules may ask or do it"), async () => {
    for (const ask of [preview, remove]) {
      assertError(await ask("accounting", {}), 401, "UNAUTHENTICATED");
      assertError(await ask("nobody", {}), 401, "UNAUTHENTICATED");
      assertError(await ask("accounting", sales), 403, "FORBIDDEN");
      assertError(declared("GET", "/api/modules/nobody/uninstall", await ask("nobody")), 404, "NOT_FOUND");
    }
    assertError(await server.request("POST", "/api/modules/crm/uninstall", {}, manager), 405, "METHOD_NOT_ALLOWED");
    assert.equal((await server.request("GET", "/api/accounting/accounts")).status, 200);
  });

  test(of("a module that an active one needs stays, and nobody's data are dropped by a word in a query"), async () => {
    const before = await everything(server);
    const refused = declared("DELETE", "/api/modules/crm", await remove("crm"));
    assertError(refused, 409, "HAS_DEPENDANTS");
    assert.match(refused.json.error.message, /invoicing/);
    assertError(declared("DELETE", "/api/modules/invoicing", await remove("invoicing", manager, "?purge=true")), 400, "BAD_REQUEST");
    assert.deepEqual(await everything(server), before);
  });

  test(of("when the reload is refused, everything is as it was"), async () => {
    const before = await everything(server), config = fs.readFileSync(server.configPath);
    fs.writeFileSync(server.configPath, "{");
    assertError(declared("DELETE", "/api/modules/invoicing", await remove("invoicing")), 409, "NOT_CHANGED");
    fs.writeFileSync(server.configPath, config);
    assert.deepEqual(await everything(server), before);
    assert.equal((await server.request("GET", "/api/invoicing/invoices")).status, 200);
    dataOf(await server.request("POST", "/api/modules/invoicing/reload", undefined, manager));
    assert.equal((await server.request("GET", "/api/invoicing/invoices")).status, 200);
  });

  test(of("a module goes while others serve, and its data stay"), async () => {
    const [catalog, history] = await everything(server);
    const beside = Array.from({ length: 40 }, () => server.request("GET", "/api/crm/contacts"));
    const done = dataOf(declared("DELETE", "/api/modules/invoicing", await remove("invoicing")));
    assert.equal(done.uninstalled, true);
    for (const answer of await Promise.all(beside)) assert.equal(answer.status, 200, answer.text);
    assert.ok(!fs.existsSync(server.moduleFolder("invoicing")));
    assertError(await server.request("GET", "/api/invoicing/invoices"), 404, "NOT_FOUND");
    assertError(await remove("invoicing"), 404, "NOT_FOUND");
    const after = await everything(server);
    assert.deepEqual([after[0], after[1]], [catalog, history]);
    assert.match(server.log, /module uninstalled; its data are kept module=invoicing request_id=\S+ subject=ann/);
  });

  test(of("what is not the module's stays in its folder, and a module that comes back has its rows"), async () => {
    fs.writeFileSync(path.join(server.moduleFolder("crm"), "notes.txt"), "mine");
    const done = dataOf(await remove("crm"));
    assert.deepEqual(done.files_kept, ["notes.txt"]);
    assert.deepEqual(fs.readdirSync(server.moduleFolder("crm")), ["notes.txt"]);
    fs.cpSync(path.join(cast, "good", "crm"), server.moduleFolder("crm"), { recursive: true });
    dataOf(await server.request("POST", "/api/modules/core/reload", undefined, manager));
    assert.equal(await contacts(), 3);
  });

  test(of("a module that is a link is unlinked, and linked again when the reload is refused"), async () => {
    const store = path.join(temporaryFolder(), "crm"), place = server.moduleFolder("crm");
    fs.cpSync(path.join(cast, "good", "crm"), store, { recursive: true });
    fs.rmSync(place, { recursive: true });
    fs.symlinkSync(store, place);
    const config = fs.readFileSync(server.configPath);
    fs.writeFileSync(server.configPath, "{");
    assertError(await remove("crm"), 409, "NOT_CHANGED");
    fs.writeFileSync(server.configPath, config);
    assert.equal(fs.readlinkSync(place), store);
    dataOf(await remove("crm"));
    assert.ok(!fs.existsSync(place));
    assert.deepEqual(fs.readdirSync(store).sort(), ["crm.ingot", "module.json"]);
  });

  test(of("rows are written out, of a module that is there and of one that is not, for who may see all of them"), async () => {
    for (const name of ["crm", "core"]) {
      const answer = declared("GET", `/api/modules/${name}/export`, await exported(name));
      assert.equal(answer.status, 200, answer.text);
      assert.match(answer.headers.get("content-type"), /^application\/x-ndjson/);
      const lines = answer.text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
      for (const its of new Set(lines.map((line) => line.table))) assert.equal(lines.filter((line) => line.table === its).length, await rows(name, its), its);
      if (name === "crm") assert.deepEqual(lines.filter((line) => line.table === "contact").map(({ row }) => row.email).sort(), ["c0@example.org", "c1@example.org", "c2@example.org"]);
    }
    assertError(declared("GET", "/api/modules/nobody/export", await exported("nobody")), 404, "NOT_FOUND");
    assertError(await exported("crm", {}), 401, "UNAUTHENTICATED");
    assertError(declared("GET", "/api/modules/crm/export", await exported("crm", manager)), 403, "FORBIDDEN");
    assertError(await server.request("POST", "/api/modules/crm/export", {}, keeper), 405, "METHOD_NOT_ALLOWED");
  });

  test(of("who has his rows may ask for more at once"), async () => {
    for (let i = 0; i < 400; ++i) assertError(await exported("nobody"), 404, "NOT_FOUND");
  });

  test(of("rows of a module that is uninstalled are dropped when that is said twice, and of no other"), async () => {
    const before = await everything(server);
    const refused = async (status, code, name, ...ask) => assertError(declared("POST", `/api/modules/${name}/purge`, await purge(name, ...ask)), status, code);
    await refused(404, "NOT_FOUND", "nobody");
    await refused(409, "NOT_CHANGED", "core");
    await refused(409, "NOT_CHANGED", "crm", { confirm: "core" });
    for (const body of [{}, { confirm: "CRM" }, { confirm: true }, { confirm: "crm", more: 1 }, "\"crm\"", "{"]) await refused(400, "BAD_REQUEST", "crm", body);
    await refused(401, "UNAUTHENTICATED", "crm", undefined, {});
    await refused(403, "FORBIDDEN", "crm", undefined, manager);
    assertError(await server.request("GET", "/api/modules/crm/purge", undefined, keeper), 405, "METHOD_NOT_ALLOWED");
    assert.deepEqual(await everything(server), before);
  });

  test(of("nothing is dropped while another server uses the database, or tables of others refer to these"), async () => {
    const other = Object.assign(new Server(), { folder: server.folder, config: server.config, configPath: server.configPath });
    await other.launch();
    const before = await everything(server);
    const busy = declared("POST", "/api/modules/crm/purge", await purge("crm"));
    assertError(busy, 409, "NOT_CHANGED");
    assert.match(busy.json.error.message, /another server/);
    await other.stop();
    assert.deepEqual(await everything(server), before);

    await server.execute([`CREATE TABLE stranger (contact ${database === "postgresql" ? "UUID" : "TEXT"} REFERENCES ${table(server, "crm", "contact")} (id))`, `INSERT INTO stranger SELECT id FROM ${table(server, "crm", "contact")}`]);
    const held = declared("POST", "/api/modules/crm/purge", await purge("crm"));
    assertError(held, 409, "NOT_CHANGED");
    assert.match(held.json.error.message, /tables of others refer/);
    await server.execute(["DROP TABLE stranger"]);
    assert.deepEqual(await everything(server), before);
  });

  test(of("what is dropped is gone, the others' stays, and the module begins anew when it comes back"), async () => {
    const accounts = await rows("accounting", "account");
    const gone = dataOf(declared("POST", "/api/modules/crm/purge", await purge("crm")));
    assert.equal(gone.tables.find(({ table: its }) => its === "contact").rows, 3);
    assertError(await purge("crm"), 404, "NOT_FOUND");
    assertError(await exported("crm"), 404, "NOT_FOUND");
    assert.deepEqual([(await server.history()).filter((line) => line.startsWith("crm ")), await rows("accounting", "account")], [[], accounts]);
    assert.match(server.log, /the rows of an uninstalled module were dropped module=crm request_id=\S+ subject=ann/);
    fs.cpSync(path.join(cast, "good", "crm"), server.moduleFolder("crm"), { recursive: true });
    dataOf(await server.request("POST", "/api/modules/core/reload", undefined, manager));
    assert.equal(await contacts(), 0);
    dataOf(await server.request("POST", "/api/crm/contacts", { name: "new", email: "new@example.org" }), 201);
    assert.equal(await contacts(), 1);
    await server.stop();
    await server.remove();
  });
}

await runAll();
