// SPDX-License-Identifier: Apache-2.0
// `ingot uninstall`: a preview that changes nothing, dependants by name, and three ways out: data kept, written to a file, or dropped.
import fs from "node:fs";
import path from "node:path";
import { spawn } from "node:child_process";
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { bin, cast, databases, run, Server, temporaryFolder } from "./lib/server.mjs";

const ingot = path.join(bin, "ingot");
const modules = ["core", "crm", "accounting", "invoicing"];
const ours = { anonymous_permissions: ["*:*:*"] };

const uninstall = async (server, words, code = 0) => {
  const result = await run(ingot, ["uninstall", ...words, "--config", server.configPath, "--json"]);
  assert.equal(result.code, code, `${result.stdout}${result.stderr}`);
  return JSON.parse(result.stdout);
};
const refused = async (server, words, code, pattern) => assert.match((await uninstall(server, words, code)).error.message, pattern);

/** What a person sees who types `line` on a terminal. */
function typed(server, words, line) {
  return new Promise((resolve) => {
    const command = [ingot, "uninstall", ...words, "--config", server.configPath].map((word) => `'${word}'`).join(" ");
    const child = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (data) => {
      text += data;
      if (line !== undefined && /to go on: $/.test(text)) child.stdin.write(`${line}\n`), line = undefined;
    });
    child.on("close", (code) => resolve({ code, text }));
  });
}

const table = (server, module, name) => server.config.db_name ? `${module || "ingot"}.${name}` : `${module ? "" : "ingot_"}${name}`;
const switchOff = (server, name) => {
  const file = path.join(server.moduleFolder(name), "module.json");
  fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, "utf8")), active: false }));
};
const install = (server, name) => fs.cpSync(path.join(cast, "good", name), server.moduleFolder(name), { recursive: true });
const historyOf = async (server, name) => (await server.history()).filter((line) => line.startsWith(`${name} `));
const tablesOf = async (server, prefix) => (await server.catalog()).filter((line) => line.startsWith(`table ${prefix}`));
const contacts = async (server) => dataOf(await server.request("GET", "/api/crm/contacts"));

for (const database of databases()) {
  const of = (name) => `${database}: ${name}`;
  const server = await Server.start({ modules, database, ours });
  const addresses = Array.from({ length: 205 }, (_, number) => `c${number}@example.org`);  // more than one page
  for (const email of addresses) dataOf(await server.request("POST", "/api/crm/contacts", { name: `"é\\ ${email}`, email, tags: ["a", "b}]"] }), 201);
  const gone = (await contacts(server)).items[0];
  assert.equal((await server.request("DELETE", `/api/crm/contacts/${gone.id}`)).status, 200);

  test(of("a preview tells everything and changes nothing"), async () => {
    const before = [await server.catalog(), await server.history(), fs.readdirSync(server.moduleFolder("crm"))];
    const preview = await uninstall(server, ["crm"]);
    assert.deepEqual(preview.dependants, [{ name: "invoicing", active: true }]);
    const counts = Object.fromEntries(preview.tables.map(({ table: name, rows }) => [name, rows]));
    for (const name of Object.keys(counts)) {
      const [{ n }] = await server.sql(`SELECT count(*) AS n FROM ${table(server, "crm", name)}`);
      assert.equal(counts[name], Number(n), name);
    }
    assert.equal(counts.contact, addresses.length);
    assert.deepEqual(Object.keys(counts).sort(), ["contact", "sales_order", "sales_order_line"]);
    assert.deepEqual([preview.uninstalled, preview.purged, preview.files], [false, false, ["crm.ingot", "module.json"]]);
    const { stdout } = await run(ingot, ["uninstall", "crm", "--config", server.configPath]);
    for (const pattern of [/needed by +invoicing +active/, /kept +contact +205 rows/, /removed +.*crm\.ingot/, /nothing was changed/]) assert.match(stdout, pattern);
    assert.deepEqual([await server.catalog(), await server.history(), fs.readdirSync(server.moduleFolder("crm"))], before);
  });

  test(of("what is needed stays, and nobody is guessed to agree"), async () => {
    for (const words of [["--yes"], ["--keep-data", "--yes"], ["--purge", "--yes"], ["--export", "x", "--yes"]]) await refused(server, ["crm", ...words], 1, /needed by invoicing/);
    await refused(server, ["core", "--yes"], 1, /needed by accounting, crm/);
    for (const words of [["--keep-data"], ["--purge"], ["--export", path.join(server.folder, "x")]]) await refused(server, ["invoicing", ...words], 2, /--yes/);
    for (const name of ["../core", "", "ingot", "Core", "core/../crm", "a'b"]) await refused(server, [name, "--yes"], 2, /not a module's name/);
    await refused(server, ["none", "--yes"], 1, /no module 'none'/);
    assert.equal((await run(ingot, ["uninstall", "invoicing", "--purge", "--keep-data", "--yes", "--config", server.configPath])).code, 2);
    assert.ok(fs.existsSync(path.join(server.moduleFolder("invoicing"), "module.json")));
    assert.equal((await historyOf(server, "invoicing")).length, 2);
  });

  test(of("a module goes, its data stay, and it comes back to them"), async () => {
    switchOff(server, "invoicing");
    fs.writeFileSync(path.join(server.moduleFolder("crm"), "notes.txt"), "mine");
    const before = await server.catalog();
    const done = await uninstall(server, ["crm", "--yes"]);
    assert.deepEqual([done.uninstalled, done.purged, done.files_kept], [true, false, ["notes.txt"]]);
    assert.deepEqual(fs.readdirSync(server.moduleFolder("crm")), ["notes.txt"]);
    assert.deepEqual(await server.catalog(), before);
    assert.equal((await historyOf(server, "crm")).length, 2);
    dataOf(await server.request("POST", "/api/modules/core/reload"));
    assertError(await server.request("GET", "/api/crm/contacts"), 404, "NOT_FOUND");
    install(server, "crm");
    dataOf(await server.request("POST", "/api/modules/core/reload"));
    assert.equal((await contacts(server)).total, addresses.length - 1);
    fs.rmSync(path.join(server.moduleFolder("crm"), "notes.txt"));
  });

  test(of("every row is written before the module goes"), async () => {
    const file = path.join(server.folder, "crm.jsonl"), list = [];
    for (let offset = 0; offset < 300; offset += 100) list.push(...dataOf(await server.request("GET", `/api/crm/contacts?limit=100&offset=${offset}`)).items);
    await refused(server, ["crm", "--export", path.join(server.folder, "none", "x"), "--yes"], 1, /No such file/);
    const limited = await run("bash", ["-c", 'ulimit -f 20; exec "$@"', "bash", ingot, "uninstall", "crm", "--export", file, "--yes", "--json", "--config", server.configPath]);
    assert.equal(limited.code, 1);
    assert.match(JSON.parse(limited.stdout).error.message, /room/);
    assert.deepEqual(fs.readdirSync(server.folder).filter((name) => name.startsWith("crm.jsonl")), []);
    assert.ok(fs.existsSync(path.join(server.moduleFolder("crm"), "module.json")));

    const done = await uninstall(server, ["crm", "--export", file, "--yes"]);
    const lines = fs.readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(done.exported, { file, rows: lines.length });
    assert.ok(!fs.existsSync(server.moduleFolder("crm")));
    const rows = new Map(lines.filter((line) => line.table === "contact").map(({ row }) => [row.id, row]));
    assert.equal(rows.size, addresses.length);
    assert.notEqual(rows.get(gone.id).deleted_at, null);
    for (const item of list) {
      const row = rows.get(item.id);
      assert.deepEqual([row.email, row.name, row.deleted_at], [item.email, item.name, null]);
    }
    assert.equal(fs.statSync(file).mode & 0o077, 0);
    install(server, "crm");
  });

  test(of("a purge drops one module's data and nobody else's"), async () => {
    await refused(server, ["invoicing", "--purge", "--yes"], 1, /in use: stop the server/);
    await server.stop();
    const rollback = async () => server.sql(`SELECT * FROM ${table(server, "", "module_rollback")} ORDER BY 1`);
    const others = (lines) => lines.filter((line) => !/invoice|number_series/.test(line)), kept = [others(await server.catalog()), await rollback()];
    const { tables } = await uninstall(server, ["invoicing", "--purge"], 2).then(() => uninstall(server, ["invoicing"]));
    assert.deepEqual(tables.map(({ table: name }) => name), ["invoice", "invoice_line", "number_series"]);
    const done = await uninstall(server, ["invoicing", "--purge", "--yes"]);
    assert.deepEqual([done.uninstalled, done.purged, done.schema_kept], [true, true, false]);
    assert.deepEqual(await tablesOf(server, "invoice"), []);
    assert.deepEqual(await historyOf(server, "invoicing"), []);
    assert.deepEqual([await server.catalog(), await rollback()], kept);
    if (database === "postgresql") assert.deepEqual(await server.sql("SELECT nspname FROM pg_namespace WHERE nspname = 'invoicing'"), []);
    await refused(server, ["invoicing", "--yes"], 1, /no module 'invoicing'/);
    assert.equal((await run(ingot, ["migrate", "check", server.configPath])).code, 0);
    install(server, "invoicing");
    await server.launch();
    assert.equal(dataOf(await server.request("GET", "/api/invoicing/invoices")).total, 0);
    await server.stop();
  });

  test(of("data that were kept are dropped later, by typing the name"), async () => {
    await uninstall(server, ["invoicing", "--keep-data", "--yes"]);
    const no = await typed(server, ["invoicing", "--purge"], "yes");
    assert.equal(no.code, 2, no.text);
    assert.match(no.text, /its folder is gone.*dropped +invoice +0 rows.*3 tables with 0 rows will be lost/s);
    assert.equal((await historyOf(server, "invoicing")).length, 2);
    if (database === "postgresql") await server.execute(["CREATE TABLE invoicing.mine (x int)"]);
    const yes = await typed(server, ["invoicing", "--purge"], "invoicing");
    assert.equal(yes.code, 0, yes.text);
    assert.deepEqual(await historyOf(server, "invoicing"), []);
    assert.deepEqual(await tablesOf(server, "invoice"), []);
    if (database === "postgresql") {
      assert.match(yes.text, /schema holds other things/);
      assert.deepEqual(await tablesOf(server, "mine"), ["table mine"]);
    }
    await server.remove();
  });
}

test("a module that is a link is unlinked, and two of one name are nobody's to guess", async () => {
  const server = await Server.prepare({ modules: [], ours }), store = path.join(temporaryFolder(), "core");
  fs.cpSync(path.join(cast, "good", "core"), store, { recursive: true });
  fs.symlinkSync(store, server.moduleFolder("core"));
  const second = path.join(server.folder, "second");
  fs.cpSync(path.join(cast, "good", "core"), path.join(second, "core"), { recursive: true });
  server.config.module_root.push(second);
  server.writeConfig();
  await refused(server, ["core", "--yes"], 1, /in 2 of the folders/);
  server.config.module_root.pop();
  server.writeConfig();
  assert.deepEqual((await uninstall(server, ["core", "--yes"])).tables, []);
  assert.deepEqual(fs.readdirSync(path.dirname(server.moduleFolder("core"))), []);
  assert.deepEqual(fs.readdirSync(store).sort(), ["core.ingot", "module.json"]);
  assert.ok(!fs.existsSync(path.join(server.folder, "ingot.db")));
  await server.remove();
});

await runAll();
