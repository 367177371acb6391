// SPDX-License-Identifier: Apache-2.0
// The process killed, or its connection to PostgreSQL cut, at every single statement: of a migration and of a request that writes through three modules. A
// proxy counts the statements, so every run hits another one, and the database's own committed state says what must be left.
import { spawn } from "node:child_process";
import path from "node:path";
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { PostgresProxy } from "./lib/postgres_proxy.mjs";
import { bin, databases, Server, withServer } from "./lib/server.mjs";

const postgres_here = databases().includes("postgresql");
const ours = { anonymous_permissions: ["*:*:*"] };

/** Schemas, tables, columns, indexes and history that are committed now, the host's own among them, as one text. */
async function stateOf(server) {
  const rows = await server.sql(`
    SELECT c.relkind::text || ' ' || n.nspname || '.' || c.relname || coalesce('.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text, '') AS line
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname !~ '^pg_'
    UNION ALL SELECT 'history ' || query_to_xml(CASE WHEN to_regclass('ingot.module_migrations') IS NULL THEN 'SELECT 0'
      ELSE 'SELECT module_name, version, checksum FROM ingot.module_migrations ORDER BY 1, 2' END, false, true, '')::text`);
  return rows.map(({ line }) => line).sort().join("\n");
}

/** Much quicker than a new database: dropping one waits for a checkpoint. */
const empty = `DO $$DECLARE name text; BEGIN
  FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public') LOOP EXECUTE format('DROP SCHEMA %I CASCADE', name); END LOOP;
END$$`;

/** `ingot migrate apply` through a proxy. `decide(number, kill)` as of PostgresProxy. Gives the exit code, or the signal. */
async function migrate(server, proxy, decide) {
  const child = spawn(path.join(bin, "ingot"), ["migrate", "apply", server.configPath], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (data) => (said += data));
  const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve({ result: signal ?? code, said })));
  proxy.count = 0;
  proxy.decide = (number) => decide(number, async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return ended;
}

async function migrations() {
  const server = await Server.prepare({ modules: ["core", "crm"], database: "postgresql", ours });
  // What is committed before each statement of a run that nobody disturbs, by the word of another session.
  const expected = [];
  {
    const proxy = await PostgresProxy.open(Number(process.env.INGOT_TEST_PG_PORT));
    server.config.db_port = proxy.port;
    server.writeConfig();
    const { result, said } = await migrate(server, proxy, async (number) => {
      expected[number] = await stateOf(server);
      return "pass";
    });
    assert.equal(result, 0, said);
    await proxy.close();
  }
  const final = await stateOf(server);
  assert.deepEqual(await server.history(), ["core 1", "core 2", "crm 1", "crm 2"]);
  const steps = new Set(expected.slice(1)).size;
  assert.ok(expected.length > 40 && steps >= 6, `${expected.length} statements, ${steps} states: nothing, the host's tables, and each version are one`);
  await server.remove();

  const work = [];
  for (let number = 1; number < expected.length; ++number) work.push([number, "kill"], [number, number % 2 === 0 ? "cut" : "cut after"]);
  const lane = async () => {
    const own = await Server.prepare({ modules: ["core", "crm"], database: "postgresql", ours });
    const proxy = await PostgresProxy.open(Number(process.env.INGOT_TEST_PG_PORT));
    own.config.db_port = proxy.port;
    own.writeConfig();
    for (let next; (next = work.shift()) !== undefined;) {
      const [number, way] = next;
      await own.execute([empty]);
      let hit = false;
      const { result, said } = await migrate(own, proxy, async (at, kill) => {
        if (at !== number || hit) return "pass";
        hit = true;
        if (way === "kill") await kill();
        return way === "kill" ? "cut" : way;
      });
      const what = `${way} at statement ${number} of ${expected.length - 1}`;
      assert.ok(hit, what);
      if (way === "kill") assert.equal(result, "SIGKILL", what);
      const left = await stateOf(own);
      if (way === "kill") {
        assert.equal(left, expected[number], what);
      } else {
        // Who lives on may have gone on, where the statement was one that may fail; never between two versions.
        assert.ok([...expected.slice(way === "cut" ? number : number + 1), final].includes(left), `${what}: ${said}`);
        assert.ok(result === 1 || result === 6 || (result === 0 && left === final), `${what}: ${result} ${said}`);
      }
      proxy.decide = null;
      const again = await migrate(own, proxy, () => "pass");
      assert.equal(again.result, 0, `${what}, then undisturbed: ${again.said}`);
      assert.equal(await stateOf(own), final, what);
    }
    await proxy.close();
    await own.remove();
  };
  console.log(`         ${work.length} runs, ${expected.length - 1} statements`);
  await Promise.all([lane(), lane(), lane()]);
}

/** The books and invoices that are committed now, past the server. */
async function books(server) {
  const [found] = await server.sql(`SELECT (SELECT count(*) FROM invoicing.invoice WHERE status = 'issued') AS issued,
    (SELECT coalesce(max(last_number), 0) FROM invoicing.number_series) AS last_number,
    (SELECT count(*) FROM accounting.journal_entry e JOIN invoicing.invoice i ON i.entry_id = e.id AND i.number = e.reference) AS booked,
    (SELECT count(*) FROM accounting.journal_entry) AS entries, (SELECT count(*) FROM accounting.journal_line) AS lines,
    (SELECT coalesce(sum(debit_cents) - sum(credit_cents), 0) FROM accounting.journal_line) AS difference`);
  assert.deepEqual(found, { issued: found.issued, last_number: found.issued, booked: found.issued, entries: found.issued, lines: 2 * found.issued, difference: 0 },
                   "invoices, numbers and books do not agree");
  return found.issued;
}

async function requests() {
  const proxy = await PostgresProxy.open(Number(process.env.INGOT_TEST_PG_PORT));
  await withServer({ modules: ["core", "crm", "accounting", "invoicing"], database: "postgresql", ours }, async (server) => {
    const contact = dataOf(await server.request("POST", "/api/crm/contacts", { name: "Ada", email: "ada@example.org" }), 201);
    const draft = async () => dataOf(await server.request("POST", "/api/invoicing/invoices",
      { contact_id: contact.id, lines: [{ description: "Work", quantity: 3, unit_price_cents: 700 }] }), 201).id;
    const issue = (id) => server.request("POST", `/api/invoicing/invoices/${id}/issue`);
    dataOf(await issue(await draft()));  // the first one also makes the accounts
    let issued = await books(server);
    assert.equal(issued, 1);

    for (const way of ["cut", "cut after", "kill"]) {
      const answers = [];
      for (let number = 1, hit = true; hit; ++number) {
        const id = await draft();
        hit = false;
        proxy.count = 0;
        proxy.decide = async (at) => {
          if (at !== number || hit) return "pass";
          hit = true;
          if (way === "kill") await server.kill();
          return way === "kill" ? "cut" : way;
        };
        let answer;
        try {
          answer = await issue(id);
        } catch (error) {
          // fetch reports a lost connection as a TypeError.
          if (!(error instanceof TypeError) || way !== "kill") throw error;
        }
        proxy.decide = null;
        const what = `${way} at statement ${number}: ${answer?.text}`;
        const now = await books(server);
        answers.push(answer?.json?.error?.code ?? answer?.status ?? "none");
        if (!answer) {
          assert.equal(now, issued, what);
          await server.launch();
        } else if (answer.status === 200) {
          assert.equal(now, issued + 1, what);
        } else {
          assert.equal(answer.status, 503, what);
          const [code, retry] = [answer.json.error.code, answer.headers.get("retry-after")];
          if (code === "UNAVAILABLE") assert.deepEqual([now, retry], [issued, "1"], what);
          // The commit was the statement: heard by the database, or not.
          else assert.deepEqual([code, now, retry], ["OUTCOME_UNKNOWN", way === "cut" ? issued : issued + 1, null], what);
        }
        // Once more: it is done now if it was not before, and never twice.
        const again = await issue(id);
        if (now === issued) assert.equal(dataOf(again).status, "issued", what);
        else assertError(again, 409, "INVOICE_NOT_DRAFT");
        issued += 1;
        assert.equal(await books(server), issued, what);
      }
      assert.ok(answers.length > 8, `${way}: only ${answers.length} statements`);
      assert.equal(answers.at(-1), 200, "the last one was not disturbed");
      // The first statement begins the transaction: a connection that is lost there has lost nothing, and another takes its place.
      if (way !== "kill") assert.deepEqual([answers[0], answers.at(-2), answers.filter((code) => code === "OUTCOME_UNKNOWN").length], [200, "OUTCOME_UNKNOWN", 1], `${answers}`);
      console.log(`         ${way}: ${answers.length - 1} statements`);
    }
  }, (server) => {
    server.config.db_port = proxy.port;
    server.writeConfig();
  });
  await proxy.close();
}

if (postgres_here) {
  test("a migration that is killed or cut off at every statement is there whole or not at all, and goes on", migrations);
  test("a request through three modules that is killed or cut off at every statement leaves whole books", requests);
  await runAll();
} else {
  console.log("0 passed, 0 failed");
}
