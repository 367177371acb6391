// SPDX-License-Identifier: Apache-2.0
// The served OpenAPI document against what schemathesis makes of it: requests that it allows, requests that it does not, and sequences of both, on each database, by a caller who may do
// everything and by one who may do nothing. No answer may be a 5xx, of an undeclared status, or of another shape than declared.
//
//   node tests/openapi/property.mjs SCHEMATHESIS [MAX_EXAMPLES]       scripts/openapi runs it
import path from "node:path";
import { fileURLToPath } from "node:url";
import { assert, runAll, test } from "../e2e/lib/check.mjs";
import { bin, databases, run, withServer } from "../e2e/lib/server.mjs";

const [schemathesis, examples = "50"] = process.argv.slice(2);
const modules = ["core", "crm", "inventory", "accounting", "invoicing", "hr", "payroll"];
const demoCheck = fileURLToPath(new URL("../../scripts/lib/demo-check.mjs", import.meta.url));
const checks = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance", "response_schema_conformance"];
const config = { master_key: "0123456789abcdef0123456789abcdef", auth_rate_limit_per_minute: 100_000 };
const identity = { roles: { everything: ["*:*:*"], nothing: [] } };
// A busy machine may keep a good request waiting.
const limits = { call_deadline_ms: 30_000 };

async function explore(server, role, count, ...selection) {
  const { stdout: token } = await run(path.join(bin, "ingot"), ["token", server.configPath, "--subject", "u-1", "--role", role]);
  const { code, stdout, stderr } = await run(schemathesis, [
    "run", `${server.url}/api/openapi.json`, "-H", `Authorization: Bearer ${token.trim()}`, "--checks", checks.join(","), "--max-examples", count, "--seed", "1", "--continue-on-failure",
    "--no-color", "--warnings", "off", "--request-timeout", "60", "--suppress-health-check", "all", ...selection,
  ], { cwd: server.folder });
  if (process.env.INGOT_OPENAPI_LOG) console.log(stdout);
  assert.equal(code, 0, `${stdout.slice(-20_000)}\n${stderr}`);
  // Its own figures.
  console.log(stdout.split("\n").filter((line) => /Operations:|Tested:|Selected:|Test cases:|generated|Passed|passed/.test(line)).map((line) => `         ${line.trim()}`).join("\n"));
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
