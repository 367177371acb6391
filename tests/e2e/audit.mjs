// SPDX-License-Identifier: Apache-2.0
// `ingot audit`: what modules changed, by whom, through the data service and by statements of their own; what is rolled back leaves no entry; pruning takes what is older and nothing else.
import path from "node:path";
import { assert, dataOf, runAll, test } from "./lib/check.mjs";
import { Server, bin, databases, run } from "./lib/server.mjs";

const ingot = path.join(bin, "ingot");
const ours = { anonymous_permissions: ["data:*:*"], identity: { roles: { sales: ["crm:*:*"] } } };
const config = { master_key: "0123456789abcdef0123456789abcdef" };

for (const database of databases()) {
  const of = (name) => `${database}: ${name}`;
  const server = await Server.start({ modules: ["core", "crm", "data"], database, config, ours: { ...ours, audit: { statements: true } } });
  const bearer = { authorization: `Bearer ${(await run(ingot, ["token", server.configPath, "--subject", "ann", "--tenant", "acme", "--role", "sales"])).stdout.trim()}` };
  const audit = (...args) => run(ingot, ["audit", ...args]);
  const list = async (...args) => {
    const { code, stdout, stderr } = await audit("list", server.configPath, "--json", ...args);
    assert.equal(code, 0, stderr);
    return stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  };
  const contact = (email, id) => server.request("POST", "/api/crm/contacts", { name: "Secret Name", email }, { ...bearer, "x-request-id": id });

  test(of("a statement that changes rows leaves its text and its count, one that reads or is rolled back leaves nothing"), async () => {
    assert.deepEqual(await list(), []);
    dataOf(await contact("a@example.org", "made-1"), 201);
    const entries = await list("--request", "made-1");
    assert.ok(entries.length >= 1);
    for (const entry of entries) assert.deepEqual([entry.module, entry.action, entry.subject, entry.tenant, entry.table, entry.row], ["crm", "execute", "ann", "acme", "", ""]);
    assert.ok(entries.some(({ detail }) => /^\s*insert\s+into\s+\S*contact/i.test(detail.statement) && detail.rows === 1), JSON.stringify(entries));
    assert.ok(!JSON.stringify(entries).includes("Secret Name") && !JSON.stringify(entries).includes("a@example.org"), "parameters stay out of it");
    assert.equal((await server.request("GET", "/api/crm/contacts", undefined, bearer)).status, 200);
    const again = await contact("a@example.org", "made-2");  // the address is taken
    assert.ok(again.status >= 400, again.text);
    assert.deepEqual(await list("--request", "made-2"), []);
    assert.deepEqual(await list(), entries);
  });

  test(of("the data service's entries stand beside them, newest first, and filters choose"), async () => {
    const made = dataOf(await server.request("POST", "/api/data/ask", { op: "create", table: "data_item", values: { label: "one" } }, { "x-request-id": "item-1" }));
    const [newest, ...older] = await list();
    assert.deepEqual([newest.module, newest.table, newest.row, newest.action, newest.request_id, newest.detail.label], ["data", "data_item", made.row.id, "create", "item-1", "one"]);
    assert.ok(older.length >= 1 && older.every(({ module }) => module === "crm"));
    assert.deepEqual(await list("--table", "data_item"), [newest]);
    assert.deepEqual(await list("--row", made.row.id), [newest]);
    assert.deepEqual(await list("--module", "crm"), older);
    assert.deepEqual(await list("--subject", "ann"), older);
    assert.deepEqual(await list("-n", "1"), [newest]);
    assert.deepEqual(await list("--since", newest.at), [newest]);
    assert.deepEqual(await list("--before", newest.at), older);
    assert.deepEqual(await list("--since", newest.at.slice(0, 4)), [newest, ...older]);
    assert.deepEqual(await list("--before", newest.at.slice(0, 10)), []);
    assert.deepEqual(await list("--since", "1d"), [newest, ...older]);
    const { stdout } = await audit("list", server.configPath, "--table", "data_item");
    assert.match(stdout, new RegExp(`^${newest.at} {2}create +data\\.data_item ${made.row.id} by|^${newest.at} +create +data\\.data_item ${made.row.id} {2}by`));
  });

  test(of("times that are none are refused, and nothing is pruned unasked"), async () => {
    const before = await list();
    for (const wrong of ["yesterday", "2026-1-1", "26", "d", "99999d", "-1d", "2026-11-23 08:00", "' OR 1=1 --"]) {
      const { code, stderr } = await audit("list", server.configPath, "--since", wrong);
      assert.equal(code, 2, wrong);
      assert.match(stderr, /no time|--since/, wrong);
    }
    assert.notEqual((await audit("prune", server.configPath)).code, 0, "prune needs a time");
    const unasked = await audit("prune", server.configPath, "--before", "0d");
    assert.notEqual(unasked.code, 0);
    assert.match(unasked.stderr, /--yes/);
    assert.deepEqual(await list(), before);
    assert.deepEqual(await list("--module", "' OR ''='"), []);
  });

  test(of("pruning takes what is older and nothing else, while the server serves"), async () => {
    const all = await list(), [newest, ...older] = all;
    const removed = async (...args) => JSON.parse((await audit("prune", server.configPath, "--json", "--yes", ...args)).stdout).removed;
    assert.equal(await removed("--before", "2000"), 0);
    assert.equal(await removed("--before", newest.at, "--module", "data"), 0);
    assert.deepEqual(await list(), all);
    assert.equal(await removed("--before", newest.at), older.length);
    assert.deepEqual(await list(), [newest]);
    dataOf(await contact("b@example.org", "made-3"), 201);
    assert.ok((await list("--request", "made-3")).length >= 1);
  });

  test(of("without the setting statements leave no entry, and a setting that is none is refused"), async () => {
    const count = (await list()).length;
    await server.stop();
    delete server.config.ingot.audit;
    server.writeConfig();
    await server.launch();
    dataOf(await contact("c@example.org", "made-4"), 201);
    assert.equal((await list()).length, count);
    server.config.ingot.audit = { statements: "yes" };
    server.writeConfig();
    const refused = await audit("list", server.configPath);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /ingot\.audit\.statements/);
    await server.stop();
    await server.remove();
  });
}

await runAll();
