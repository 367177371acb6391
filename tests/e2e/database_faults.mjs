// SPDX-License-Identifier: Apache-2.0
// PostgreSQL goes away and comes back: restarted under load, crashed, replaced by its standby; and many servers that begin at once. What was acknowledged
// is there exactly once, what was refused is not there, and nobody has to do anything for the service to go on.
import { assert, dataOf, runAll, test } from "./lib/check.mjs";
import { PostgresServer } from "./lib/postgres.mjs";
import { databases, psql, Server, sleep, withServer } from "./lib/server.mjs";

const postgres_here = databases().includes("postgresql");
const ours = { anonymous_permissions: ["*:*:*"] };
const clients = 16;
const recovery_ms_max = 15_000;   // the longest pause between two attempts is 5 s; the rest is for slow machines

/** Clients that write one thing after the other, and what they were told of each. */
class Load {
  acknowledged = new Set();
  refused = new Set();     // "nothing was changed"
  unknown = new Set();     // "look whether it is there"
  refusals = [];           // how long each of them took, in ms

  constructor(server) {
    this.server = server;
    this.clients = Array.from({ length: clients }, (_, client) => this.#write(client));
    // A client that fails is heard of at stop(), and by whoever waits meanwhile.
    for (const client of this.clients) client.catch((error) => (this.error ??= error));
  }

  async #write(client) {
    for (let n = 0; !this.stopping; ++n) {
      const name = `w${client}-${n}`;
      const [route, body] = n % 2 === 0
        ? ["/api/crm/contacts", { name, email: `${name}@example.org`, tags: [name] }]
        : ["/api/accounting/entries", { date: "2026-03-01", memo: name, reference: name, lines: [{ account: "1000", debit_cents: n }, { account: "2000", credit_cents: n }] }];
      const began = performance.now();
      const answer = await this.server.request("POST", route, body);
      if (answer.status === 201) {
        this.acknowledged.add(name);
        this.last_success = performance.now();
        continue;
      }
      const code = answer.json?.error?.code;
      assert.ok([503, 504].includes(answer.status) && code !== undefined, `${route}: ${answer.status} ${answer.text}`);
      if (code === "UNAVAILABLE") assert.match(answer.headers.get("retry-after") ?? "", /^\d+$/, answer.text);
      if (code === "OUTCOME_UNKNOWN") this.unknown.add(name);
      else this.refused.add(name);
      this.refusals.push(performance.now() - began);
      await sleep(50);
    }
  }

  /** Until this many more writes were acknowledged; gives how many ms that took. */
  async progress(more = 3 * clients) {
    const target = this.acknowledged.size + more, began = performance.now();
    while (this.acknowledged.size < target) {
      if (this.error) throw this.error;
      assert.ok(performance.now() - began < recovery_ms_max, `no progress in ${recovery_ms_max} ms: ${this.acknowledged.size} of ${target}`);
      await sleep(10);
    }
    return performance.now() - began;
  }

  async stop() {
    this.stopping = true;
    await Promise.all(this.clients);
  }

  /** Reads past the server what the database itself holds. */
  async check() {
    const contacts = await this.server.sql("SELECT name, email, tags FROM crm.contact");
    const entries = await this.server.sql(`SELECT e.reference AS name, e.memo, count(l.id) AS lines, sum(l.debit_cents) AS debit, sum(l.credit_cents) AS credit
      FROM accounting.journal_entry e LEFT JOIN accounting.journal_line l ON l.entry_id = e.id GROUP BY e.id`);
    const stored = new Set([...contacts, ...entries].map((row) => row.name));
    assert.equal(stored.size, contacts.length + entries.length, "something is there twice");
    const missing = [...this.acknowledged].filter((name) => !stored.has(name));
    assert.deepEqual(missing, [], `${missing.length} of ${this.acknowledged.size} acknowledged writes are lost`);
    assert.deepEqual([...this.refused].filter((name) => stored.has(name)), [], "written although the client was told that nothing was changed");
    assert.deepEqual([...stored].filter((name) => !this.acknowledged.has(name) && !this.unknown.has(name)), [], "nobody sent that");
    for (const { name, email, tags } of contacts) assert.deepEqual([email, tags], [`${name}@example.org`, [name]]);
    for (const { name, memo, lines, debit, credit } of entries) {
      const cents = Number(name.split("-")[1]);
      assert.deepEqual([memo, Number(lines), Number(debit), Number(credit)], [name, 2, cents, cents], `half an entry: ${name}`);
    }
    assert.equal((await this.server.sql("SELECT count(*) AS n FROM accounting.journal_line"))[0].n, 2 * entries.length, "lines without their entry");
    assert.equal(dataOf(await this.server.request("GET", "/api/accounting/balances")).balanced, true);
    assert.equal(dataOf(await this.server.request("GET", "/ready")).status, "ready");
    return `${this.acknowledged.size} acknowledged, ${this.refused.size} refused, ${this.unknown.size} unknown`;
  }
}

async function openBooks(server) {
  for (const [code, kind] of [["1000", "asset"], ["2000", "liability"]]) dataOf(await server.request("POST", "/api/accounting/accounts", { code, name: kind, kind }), 201);
}

async function restarts() {
  const postgres = await PostgresServer.start();
  postgres.use();
  await withServer({ modules: ["core", "crm", "accounting"], database: "postgresql", ours }, async (server) => {
    await openBooks(server);
    const load = new Load(server);
    await load.progress();
    for (const mode of ["fast", "immediate", "fast", "immediate"]) {
      await postgres.restart(mode);
      const took = await load.progress();
      console.log(`         ${mode} restart: ${3 * clients} writes ${Math.round(took)} ms after it`);
    }

    // Away for a while: everybody is told at once, and not after the deadline of 5 s each.
    const before = load.refusals.length, port = postgres.port;
    await postgres.stop();
    const away_ms = 2500;
    await sleep(away_ms);
    const told = load.refusals.slice(before).sort((a, b) => a - b);
    assert.ok(told.length > 4 * clients, `${told.length} answers in ${away_ms} ms`);
    assert.ok(told[Math.floor(told.length * 0.9)] < 1000, `nine of ten were told within ${told[Math.floor(told.length * 0.9)]} ms`);
    assert.equal((await server.request("GET", "/ready")).status, 503);
    assert.equal((await server.request("GET", "/health")).status, 200);
    await postgres.start();
    assert.equal(postgres.port, port);
    console.log(`         away: ${told.length} refusals, median ${Math.round(told[told.length >> 1])} ms; back after ${Math.round(await load.progress())} ms`);
    await load.stop();
    console.log(`         ${await load.check()}`);

    // Nobody asked while it was away, so nobody need notice: every connection of the pool is dead, and every first request succeeds.
    for (const mode of ["fast", "immediate"]) {
      const list = () => Promise.all(Array.from({ length: clients }, () => server.request("GET", "/api/crm/contacts?limit=1")));
      for (const answer of await list()) dataOf(answer);
      await postgres.restart(mode);
      for (const answer of await list()) dataOf(answer);
    }
  });
  await postgres.remove();
}

async function failover() {
  const primary = await PostgresServer.start();
  const standby = await primary.standby();
  primary.use();
  const server = await Server.prepare({ modules: ["core", "crm", "accounting"], database: "postgresql", ours });
  try {
    // The standby stands first in the list: it takes no writes, so it is passed over.
    server.config.db_host = "127.0.0.1,127.0.0.1";
    server.config.db_port = `${standby.port},${primary.port}`;
    server.writeConfig();
    await server.launch();
    await openBooks(server);
    const load = new Load(server);
    await load.progress();
    // Without this nothing would be promised; with it no commit is acknowledged that the standby does not have.
    const [{ names }] = await server.sql("SELECT current_setting('synchronous_standby_names') AS names");
    assert.equal(names, "*");
    await load.progress();
    await primary.crash();
    const refused = load.refusals.length;
    while (load.refusals.length === refused && !load.error) await sleep(5);
    await standby.promote();
    standby.use();
    console.log(`         standby promoted: ${3 * clients} writes ${Math.round(await load.progress())} ms after it`);
    await load.stop();
    console.log(`         ${await load.check()}`);
    await server.stop();
  } finally {
    if (server.running) await server.kill();
    await server.remove();
    await standby.remove();
    await primary.remove();
  }
}

const business = ["core", "crm", "inventory", "accounting", "invoicing", "hr", "payroll"];
const nodes = 8;

/** Several servers that begin together on one database which nobody has used. */
async function manyAtOnce(database) {
  const first = await Server.prepare({ modules: business, database, ours });
  const servers = [first];
  try {
    for (let n = 1; n < nodes; ++n) {
      const server = await Server.prepare({ modules: business, ours });
      Object.assign(server.config, first.config, { module_root: server.config.module_root, ingot: { ...first.config.ingot, sqlite_path: `${first.folder}/ingot.db` } });
      server.writeConfig();
      servers.push(server);
    }
    await Promise.all(servers.map((server) => server.launch()));
    // Each version is in the history, and was applied by exactly one of them.
    const history = await first.history();
    assert.equal(new Set(history).size, history.length);
    const applied = {};
    for (const server of servers) {
      for (const [, module, versions] of server.log.matchAll(/migrations applied module=(\w+) versions=(\d+)/g)) applied[module] = (applied[module] ?? 0) + Number(versions);
    }
    const recorded = {};
    for (const line of history) recorded[line.split(" ")[0]] = (recorded[line.split(" ")[0]] ?? 0) + 1;
    assert.deepEqual(applied, recorded);
    assert.deepEqual(Object.keys(recorded).sort(), [...business].sort());
    // All serve, and all see what each has written.
    await Promise.all(servers.map(async (server, n) => {
      const ready = dataOf(await server.request("GET", "/ready"));
      assert.deepEqual(ready, { status: "ready", quarantined: [] });
      assert.deepEqual(dataOf(await server.request("GET", "/api/modules")).map(({ state }) => state), business.map(() => "active"));
      dataOf(await server.request("POST", "/api/crm/contacts", { name: `Node ${n}`, email: `n${n}@example.org` }), 201);
    }));
    for (const server of servers) assert.equal(dataOf(await server.request("GET", "/api/crm/contacts")).total, nodes);
    const check = await first.catalog();
    await Promise.all(servers.map((server) => server.stop()));
    // Beginning again changes nothing.
    await Promise.all(servers.map((server) => server.launch()));
    assert.deepEqual(await first.history(), history);
    assert.deepEqual(await first.catalog(), check);
    await Promise.all(servers.map((server) => server.stop()));
  } finally {
    for (const server of servers) if (server.running) await server.kill();
    for (const server of servers.slice(1)) {
      server.config.db_name = undefined;  // the first one's
      await server.remove();
    }
    await first.remove();
  }
}

const given = { ...process.env };
if (postgres_here) {
  test("PostgreSQL restarted, crashed and away under load", restarts);
  test("a standby takes over from a primary that was killed", failover);
}
test(`${nodes} servers begin at once on an empty database (sqlite)`, () => manyAtOnce("sqlite"));
if (postgres_here) {
  test(`${nodes} servers begin at once on an empty database (postgresql)`, async () => {
    Object.assign(process.env, given);
    await psql(process.env.INGOT_TEST_PG_DB, "SELECT 1");
    await manyAtOnce("postgresql");
  });
}

await runAll();
