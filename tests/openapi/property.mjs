// SPDX-License-Identifier: Apache-2.0
// The served OpenAPI document against what schemathesis makes of it: requests that it allows, requests that it does not, and sequences of both, on each database, by a caller who may do
// everything and by one who may do nothing. No answer may be a 5xx, of an undeclared status, or of another shape than declared; what the document allows is not refused as malformed, and what
// it does not allow is (schemathesis.toml has the exceptions).
//
//   node tests/openapi/property.mjs SCHEMATHESIS [MAX_EXAMPLES]       scripts/openapi runs it
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { assert, dataOf, runAll, test } from "../e2e/lib/check.mjs";
import { bin, databases, run, withServer } from "../e2e/lib/server.mjs";

const [schemathesis, examples = "50"] = process.argv.slice(2);
const here = path.dirname(fileURLToPath(import.meta.url));
const modules = ["core", "crm", "inventory", "accounting", "invoicing", "hr", "payroll"];
const demoCheck = path.join(here, "../../scripts/lib/demo-check.mjs");
const config = { master_key: "0123456789abcdef0123456789abcdef", auth_rate_limit_per_minute: 100_000 };
const identity = { roles: { everything: ["*:*:*"], nothing: [] } };
// A busy machine may keep a good request waiting.
const limits = { call_deadline_ms: 30_000 };
const patience_ms = 15 * 60_000;

async function explore(server, role, count, ...selection) {
  const { stdout: token } = await run(path.join(bin, "ingot"), ["token", server.configPath, "--subject", "u-1", "--role", role]);
  const authorization = `Bearer ${token.trim()}`;
  const records = path.join(server.folder, "records.json");
  fs.writeFileSync(records, JSON.stringify(role === "everything" ? await recordsOf(server, authorization) : {}));
  const { code, stdout, stderr } = await run(schemathesis, [
    "--config-file", path.join(here, "schemathesis.toml"), "run", `${server.url}/api/openapi.json`, "-H", `Authorization: ${authorization}`, "--max-examples", count, "--seed", "1",
    "--continue-on-failure", "--no-color", "--warnings", "off", "--request-timeout", "60", "--suppress-health-check", "all", "--generation-database", "none", ...selection,
  ], { cwd: server.folder, timeout: patience_ms, env: { ...process.env, PYTHONPATH: here, PYTHONDONTWRITEBYTECODE: "1", SCHEMATHESIS_HOOKS: "records", INGOT_RECORDS: records } });
  if (process.env.INGOT_OPENAPI_LOG) console.log(stdout);
  assert.equal(code, 0, `${stdout.slice(-20_000)}\n${stderr}`);
  // Its own figures.
  console.log(stdout.split("\n").filter((line) => /Operations:|Test cases:|generated|passed/.test(line)).map((line) => `         ${line.trim()}`).join("\n"));
}

/** The ids of all records that lists show, by the last word of the list's path; none where a module is not served. */
async function recordsOf(server, authorization) {
  const found = {};
  for (const list of ["core/companies", "crm/contacts", "crm/orders", "inventory/products", "inventory/warehouses", "inventory/moves", "accounting/accounts", "accounting/entries",
                      "invoicing/invoices", "hr/departments", "hr/employees", "hr/leave-requests", "payroll/runs"]) {
    const answer = await server.request("GET", `/api/${list}?limit=50`, undefined, { authorization });
    if (answer.status !== 404) found[list.split("/")[1]] = dataOf(answer).items.map((item) => item.id);
  }
  // Each has a route of its own, by the order's id.
  if (found.orders) found.reservations = found.orders;
  return found;
}

for (const database of databases()) {
  test(`who may do everything, with records of every kind (${database})`, () =>
    withServer({ modules, database, ours: { anonymous_permissions: ["*:*:*"], identity, limits }, config }, async (server) => {
      assert.equal((await run(process.execPath, [demoCheck, server.url])).code, 0);
      await server.stop();
      delete server.config.ingot.anonymous_permissions;
      server.writeConfig();
      await server.launch();
      await explore(server, "everything", examples, "--exclude-path-regex", "^/api/modules/");
    }));
  test(`who may do nothing (${database})`, () =>
    withServer({ modules, database, ours: { identity, limits }, config }, (server) => explore(server, "nothing", String(Math.ceil(Number(examples) / 5)))));
  test(`switching modules (${database})`, () =>
    withServer({ modules: ["core", "crm"], database, ours: { identity, limits }, config }, (server) => explore(server, "everything", examples, "--include-path-regex", "^/api/modules")));
}

await runAll();
