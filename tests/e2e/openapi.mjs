// SPDX-License-Identifier: Apache-2.0
// The OpenAPI document is complete, closed and true: every route is in it, no schema lets anything through, and every answer of a run through all modules is one that it declares.
import http from "node:http";
import nodePath from "node:path";
import { fileURLToPath } from "node:url";
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { Document } from "./lib/openapi.mjs";
import { bin, databases, run, withServer } from "./lib/server.mjs";

const modules = ["core", "crm", "inventory", "accounting", "invoicing", "hr", "payroll"];
const demoCheck = fileURLToPath(new URL("../../scripts/lib/demo-check.mjs", import.meta.url));
const everything = { anonymous_permissions: ["*:*:*"] };
const master_key = "0123456789abcdef0123456789abcdef";
const unknown = "00000000-0000-4000-8000-000000000000";

async function documentOf(server) {
  const answer = await server.request("GET", "/api/openapi.json");
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get("content-type"), "application/json");
  const document = new Document(answer.json);
  assert.equal(document.objection("GET", "/api/openapi.json", answer), undefined);
  return document;
}

/** A server before the server: passes everything on, and keeps what it saw. */
async function recorder(server) {
  const seen = [];
  const proxy = http.createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const answer = await fetch(server.url + request.url, {
      method: request.method, body: body.length > 0 ? body : undefined, headers: request.headers["content-type"] ? { "content-type": request.headers["content-type"] } : {},
    });
    const text = await answer.text();
    seen.push({ method: request.method, target: request.url, body: body.toString(), answer: { status: answer.status, headers: answer.headers, text } });
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/plain" }).end(text);
  });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return { seen, url: `http://127.0.0.1:${proxy.address().port}`, close: () => new Promise((resolve) => { proxy.close(resolve); proxy.closeAllConnections(); }) };
}

async function everyRouteIsThere(server) {
  const document = await documentOf(server);
  assert.deepEqual(document.complaints(), []);
  const registered = dataOf(await server.request("GET", "/api/modules")).flatMap((module) => module.routes);
  assert.equal(registered.length, 79);
  const name = ({ method, path }) => `${method} ${path}`;
  const own = ["GET /health", "GET /ready", "GET /metrics", "GET /api/openapi.json", "GET /admin", "GET /api/admin/overview", "GET /api/modules", "GET /api/modules/{name}", "PUT /api/modules/{name}", "DELETE /api/modules/{name}", "POST /api/modules/{name}/reload", "GET /api/modules/{name}/logs", "GET /api/modules/{name}/uninstall",
               "GET /api/modules/{name}/export", "POST /api/modules/{name}/purge", "GET /api/plugins",
               "POST /api/auth/login", "POST /api/auth/refresh", "POST /api/auth/logout"];
  assert.deepEqual(document.operations.map(name).sort(), [...registered.map(name), ...own].sort());
  for (const route of registered) {
    const operation = document.operations.find((one) => name(one) === name(route));
    assert.equal(operation["x-ingot-permission"], route.permission, name(route));
    assert.deepEqual(operation.security, [{ bearer: [] }, {}], "with a token, and as everybody may do everything here, without");
    assert.equal(operation.requestBody !== undefined, /^P(OST|UT|ATCH)$/.test(route.method) && !/\/(cancel|ship|issue|approve|reject|invoice)$|\/invoices\/\{id\}\/pay$/.test(route.path), name(route));
  }
  assert.ok(!server.log.includes("their description differ"), server.log);
}

async function aStoryIsAnsweredAsDeclared(server) {
  const document = await documentOf(server);
  const proxy = await recorder(server);
  const { code, stderr } = await run(process.execPath, [demoCheck, proxy.url]);
  assert.equal(code, 0, stderr);
  // What the story leaves out: records of each kind by id, malformed and outsized requests, the host's own.
  const ask = async (method, target, body, type = "application/json") => {
    const answer = await fetch(server.url + target, { method, body, headers: body === undefined ? {} : { "content-type": type } });
    proxy.seen.push({ method, target, body, answer: { status: answer.status, headers: answer.headers, text: await answer.text() } });
  };
  for (const target of ["/health", "/ready", "/metrics", "/admin", "/api/admin/overview", "/api/modules", "/api/modules/crm", "/api/modules/nobody", "/api/modules/a%2Fb", "/api/modules/crm/logs", "/api/modules/crm/logs?limit=0", "/api/modules/crm/uninstall", "/api/modules/crm/export", "/api/modules/nobody/export", "/api/plugins"]) await ask("GET", target);
  // The step that other modules take, by whoever may.
  const contact = dataOf(await server.request("POST", "/api/crm/contacts", { name: "Step", email: "step@example.org" }), 201);
  const lines = [{ product_id: unknown, description: "a thing", quantity: 1, unit_price_cents: 1 }];
  const order = dataOf(await server.request("POST", "/api/crm/orders", { contact_id: contact.id, lines }), 201);
  await ask("PUT", `/api/crm/orders/${order.id}/status`, '{"from":"draft","to":"reserved"}');
  await ask("POST", "/api/modules/crm/reload");
  await ask("PUT", "/api/modules/crm", "{}");
  await ask("PUT", "/api/modules/core", '{"active":false}');
  for (const what of ["login", "refresh", "logout"]) {
    for (const body of ['{"email":"a@b.c","password":"x"}', "{", "7", "{}", undefined, `{"email":"${"x".repeat(5000)}"}`]) await ask("POST", `/api/auth/${what}`, body);
    await ask("POST", `/api/auth/${what}`, "x", "text/plain");
  }
  const deep = "[".repeat(300) + "]".repeat(300);
  for (const { method, path } of document.operations.filter((one) => one["x-ingot-permission"] && !one.path.startsWith("/api/modules"))) {
    for (const id of [unknown, "x", "%00", "a%2F..%2Fb", "\u00e9", "00000000-0000-4000-8000-00000000000G"]) {
      const target = path.replace(/\{[^}]+\}/g, id);
      for (const query of ["", "?limit=0", "?limit=%00&offset=-1", "?status=x&kind=x&month=2026-13&product_id=7&contact_id=&employee_id=%ff"]) {
        if (query === "" || method === "GET") await ask(method, target + query);
      }
      if (method === "GET") continue;
      for (const body of ["{}", "[]", "null", "{", `{"name":"\\ud800","code":"\\u0000","lines":[{}],"value":"\\udfff","date":"2026-02-30","month":"0000-01"}`, `{"value":${deep}}`, '{"":{"":[]},"a":-1.5e-7}']) {
        await ask(method, target, body);
      }
      await ask(method, target, "text", "text/plain");
      await ask(method, target, Buffer.from([0xff, 0xfe]), "application/octet-stream");
      if (id === unknown) await ask(method, target, "x".repeat((1 << 20) + 1));
    }
  }
  for (const name of ["core", "payroll", "payroll"]) await ask("DELETE", `/api/modules/${name}`);  // needed; gone; gone already
  for (const body of ["{}", '{"confirm":"payroll"}', '{"confirm":"payroll"}']) await ask("POST", "/api/modules/payroll/purge", body);  // unsaid; gone; gone already
  await ask("POST", "/api/modules/core/purge", '{"confirm":"core"}');
  await proxy.close();
  const complaints = proxy.seen.flatMap(({ method, target, body, answer }) => {
    const objection = answer.status >= 500 ? `${answer.status}: ${answer.text}` : document.objection(method, target, answer);
    return objection ? [`${method} ${target} ${String(body ?? "").slice(0, 100)}: ${objection}`] : [];
  });
  assert.equal(complaints.length, 0, `${complaints.length} of ${proxy.seen.length} answers\n${complaints.slice(0, 12).join("\n")}`);
  console.log(`         ${proxy.seen.length} answers`);
  // All routes were answered well, not only refused.
  const answered = new Set(proxy.seen.filter(({ answer }) => answer.status < 300).map(({ method, target }) => document.operation(method, target)?.operationId));
  const missing = document.operations.filter((one) => !answered.has(one.operationId) && !one.path.startsWith("/api/auth/") && !(one.method === "PUT" && one.path === "/api/modules/{name}") && one.path !== "/api/openapi.json");
  assert.deepEqual(missing.map((one) => one.operationId), []);
}

async function whoMayNothingIsToldSoAsDeclared(server) {
  const document = await documentOf(server);
  const { stdout } = await run(nodePath.join(bin, "ingot"), ["token", server.configPath, "--subject", "u-1"]);
  for (const [authorization, status] of [[undefined, 401], [`Bearer ${stdout.trim()}`, 403], ["Bearer x", 401], ["Basic eDp5", 401]]) {
    for (const operation of document.operations.filter((one) => one["x-ingot-permission"] && !one.path.startsWith("/api/modules"))) {
      const { method } = operation, target = operation.path.replace(/\{[^}]+\}/g, unknown);
      assert.deepEqual(operation.security, [{ bearer: [] }]);
      const answer = await server.request(method, target, method === "GET" ? undefined : {}, authorization ? { authorization } : {});
      assert.equal(answer.status, status, `${method} ${target}: ${answer.text}`);
      assert.equal(document.objection(method, target, answer), undefined, `${method} ${target}`);
    }
  }
}

for (const database of databases()) {
  test(`the document has every route, and is closed (${database})`, () => withServer({ modules, database, ours: everything }, everyRouteIsThere));
  test(`what a run through all modules is answered is declared (${database})`, () =>
    withServer({ modules, database, ours: { ...everything, limits: { call_deadline_ms: 20_000 } }, config: { master_key, auth_rate_limit_per_minute: 100_000 } }, aStoryIsAnsweredAsDeclared));
  test(`who may do nothing is refused as declared (${database})`, () => withServer({ modules, database, config: { master_key } }, whoMayNothingIsToldSoAsDeclared));
}

test("a module whose description and routes differ is served, reported, and described where they agree", async () => {
  await withServer({ modules: ["described", "counter"], ours: everything }, async (server) => {
    const document = await documentOf(server);
    assert.deepEqual(Object.keys(document.json.paths).filter((target) => /^\/api\/(described|counter)/.test(target)), ["/api/described/said"]);
    assert.deepEqual(document.complaints(), []);
    for (const target of ["/api/described/said", "/api/described/unsaid"]) assert.equal(dataOf(await server.request("GET", target)), "ok");
    assert.match(server.log, /warn .*description differ.*described.*not described.*GET \/unsaid; described, but not served: GET \/gone/);
    assert.equal(server.log.match(/description differ/g).length, 1);
    const { stdout } = await run(nodePath.join(bin, "ingot"), ["doctor", "--json", server.configPath]);
    const found = JSON.parse(stdout).findings.filter(({ about }) => about === "module described" || about === "module counter");
    assert.deepEqual(found.map(({ health }) => health).sort(), ["ok", "ok", "warning"]);
    assert.match(found.find(({ health }) => health === "warning").what, /GET \/unsaid.*GET \/gone/);
    assert.match(found.find(({ about }) => about === "module counter").what, /not described/);
  });
});

test("the document is read by its path and by GET alone", async () => {
  await withServer({ modules: ["core"] }, async (server) => {
    const plain = await server.request("GET", "/api/openapi.json");
    assert.equal(plain.headers.get("content-encoding"), "gzip");
    assert.equal((await server.request("HEAD", "/api/openapi.json")).status, 200);
    assertError(await server.request("POST", "/api/openapi.json", {}), 405, "METHOD_NOT_ALLOWED");
    assertError(await server.request("GET", "/api/openapi.json/x"), 404, "NOT_FOUND");
    assert.ok(!Object.keys(plain.json.paths).some((target) => target.startsWith("/api/crm")), "a module that is not served");
  });
});

await runAll();
