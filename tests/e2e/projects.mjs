// SPDX-License-Identifier: Apache-2.0
// The business module in Go: what it keeps and what it refuses, that it asks crm, who may what, and that every answer is one that it declares.
import fs from "node:fs";
import path from "node:path";
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { Document } from "./lib/openapi.mjs";
import { bin, cast, databases, run, withServer } from "./lib/server.mjs";

const modules = ["core", "crm", "projects"];
const master_key = "0123456789abcdef0123456789abcdef";
const nobody = "00000000-0000-4000-8000-000000000000";

// scripts/build-modules says why there is none.
if (!fs.existsSync(path.join(cast, "go/projects/projects.ingot"))) {
  console.log("left out: projects was not built, for there is no Go from version 1.24 on");
  test("without Go there is nothing to serve, and nothing half built", () => assert.ok(!fs.existsSync(path.join(cast, "go/projects"))));
} else {
  for (const database of databases()) {
    test(`${database}: projects of contacts, the time that is spent, and what is left`, () => withServer({ modules, database, ours: { anonymous_permissions: ["*:*:*"] } }, async (server) => {
      const document = new Document((await server.request("GET", "/api/openapi.json")).json);
      const send = async (method, target, body) => {
        const answer = await server.request(method, `/api${target}`, body);
        assert.equal(document.objection(method, `/api${target}`, answer), undefined, `${method} ${target}: ${answer.text}`);
        return answer;
      };
      const registered = dataOf(await server.request("GET", "/api/modules")).find(({ name }) => name === "projects").routes;
      assert.deepEqual(registered.map(({ method, path: route }) => document.operations.some((one) => one.method === method && one.path === route)), Array(7).fill(true));

      const ada = dataOf(await send("POST", "/crm/contacts", { name: "Ada", email: "ada@example.org" }), 201);
      const made = await send("POST", "/projects/projects", { name: " Mühle ", contact_id: ada.id.toUpperCase(), budget_minutes: 120 });
      const mill = dataOf(made, 201), at = `/projects/projects/${mill.id}`;
      assert.equal(made.headers.get("location"), `/api${at}`);
      assert.deepEqual([mill.name, mill.contact_id, mill.budget_minutes, mill.status, mill.version], ["Mühle", ada.id, 120, "open", 1]);
      const plain = dataOf(await send("POST", "/projects/projects", { name: "Barn", contact_id: null }), 201);
      assert.deepEqual([plain.contact_id, plain.budget_minutes], [null, null]);

      // Time: 90 of 120 minutes, then 10 too many, then those taken back.
      const first = dataOf(await send("POST", `${at}/entries`, { day: "2026-02-28", minutes: 90, note: "wheel" }), 201);
      assert.deepEqual([first.project_id, first.day, first.minutes, first.note], [mill.id, "2026-02-28", 90, "wheel"]);
      const second = dataOf(await send("POST", `${at}/entries`, { day: "2026-02-27", minutes: 40.0 }), 201);
      const sums = async (target) => (({ spent_minutes, left_minutes }) => [spent_minutes, left_minutes])(dataOf(await send("GET", target)));
      assert.deepEqual(await sums(at), [130, -10]);
      assert.deepEqual(await sums(`/projects/projects/${plain.id}`), [0, null]);
      assert.deepEqual(dataOf(await send("GET", `${at}/entries`)).rows.map(({ day }) => day), ["2026-02-27", "2026-02-28"]);
      assert.deepEqual(dataOf(await send("GET", `/projects/projects/${plain.id}/entries`)).rows, []);
      dataOf(await send("DELETE", `/projects/entries/${second.id}`));
      assertError(await send("DELETE", `/projects/entries/${second.id}`), 404, "NOT_FOUND");
      assert.deepEqual(await sums(at), [90, 30]);

      // Pages, and versions.
      const page = dataOf(await send("GET", "/projects/projects?limit=1"));
      assert.deepEqual(page.rows.map(({ name }) => name), ["Barn"]);
      const rest = dataOf(await send("GET", `/projects/projects?limit=1&after=${encodeURIComponent(page.next)}`));
      assert.deepEqual([rest.rows.map(({ name }) => name), rest.next], [["Mühle"], null]);
      const closed = dataOf(await send("PUT", at, { name: "Mill", status: "closed", version: 1 }));
      assert.deepEqual([closed.name, closed.contact_id, closed.budget_minutes, closed.status, closed.version], ["Mill", null, null, "closed", 2]);
      assertError(await send("PUT", at, { name: "Mill", status: "open", version: 1 }), 409, "CONFLICT");
      assertError(await send("POST", `${at}/entries`, { day: "2026-03-01", minutes: 1 }), 409, "PROJECT_CLOSED");
      assert.deepEqual(await sums(at), [90, null]);

      // What is refused leaves nothing.
      for (const body of [{}, { name: " " }, { name: 1 }, { name: "x".repeat(121) }, { name: "a\u0007b" }, { name: "x", budget_minutes: 0 }, { name: "x", budget_minutes: 1.5 }, { name: "x", budget_minutes: "5" },
                          { name: "x", contact_id: "ada" }, { name: "x", contact_id: 7 }, { name: "x", status: "open" }, { name: "x", bugdet_minutes: 5 }]) {
        assertError(await send("POST", "/projects/projects", body), 400, "INVALID_FIELD");
      }
      assertError(await send("POST", "/projects/projects", []), 400, "BODY_NOT_OBJECT");
      assertError(await send("POST", "/projects/projects", { name: "x", contact_id: nobody }), 409, "CONTACT_UNKNOWN");
      const barn = `/projects/projects/${plain.id}/entries`;
      for (const entry of [{ day: "2026-02-29" }, { day: "2026-2-1" }, { day: "1899-12-31" }, { day: "tomorrow" }, { day: 20260228 }, { minutes: 0 }, { minutes: 1441 }, { minutes: 0.5 }, { minutes: "10" }, { minutes: null }, { note: "x".repeat(301) }, { note: 1 }, { hours: 1 }]) {
        assertError(await send("POST", barn, { day: "2026-02-28", minutes: 10, ...entry }), 400, "INVALID_FIELD");
      }
      for (const change of [{}, { status: "lost", version: 1 }, { status: "open" }, { status: "open", version: 0 }, { status: "open", version: 2 ** 31 }]) {
        assertError(await send("PUT", `/projects/projects/${plain.id}`, { name: "x", ...change }), 400, "INVALID_FIELD");
      }
      for (const query of ["limit=0", "limit=201", "limit=x", "after=x"]) assert.equal((await send("GET", `/projects/projects?${query}`)).status, 400, query);
      for (const id of [nobody, "x", "%27"]) {
        for (const target of [`/projects/projects/${id}`, `/projects/projects/${id}/entries`]) assertError(await server.request("GET", `/api${target}`), 404, "NOT_FOUND");
      }
      assertError(await send("POST", `/projects/projects/${nobody}/entries`, { day: "2026-02-28", minutes: 10 }), 404, "NOT_FOUND");
      assert.equal(dataOf(await send("GET", "/projects/projects")).rows.length, 2);
      assert.deepEqual(dataOf(await send("GET", barn)).rows, []);
    }));
  }

  test("who may book time need not see or change projects, nor anything of crm", () => withServer({ modules, config: { master_key }, ours: { identity: { roles: { clerk: ["projects:entry:*"], lead: ["projects:*:*"] } } } }, async (server) => {
    const bearer = async (role) => {
      const { code, stdout, stderr } = await run(path.join(bin, "ingot"), ["token", server.configPath, "--subject", "ann", "--role", role]);
      assert.equal(code, 0, stderr);
      return { authorization: `Bearer ${stdout.trim()}` };
    };
    const clerk = await bearer("clerk"), lead = await bearer("lead");
    const { id } = dataOf(await server.request("POST", "/api/projects/projects", { name: "Mill" }, lead), 201);
    const entry = dataOf(await server.request("POST", `/api/projects/projects/${id}/entries`, { day: "2026-02-28", minutes: 10 }, clerk), 201);
    assert.equal(dataOf(await server.request("GET", `/api/projects/projects/${id}/entries`, undefined, clerk)).rows.length, 1);
    assertError(await server.request("GET", `/api/projects/projects/${id}`, undefined, clerk), 403, "FORBIDDEN");
    assertError(await server.request("POST", "/api/projects/projects", { name: "x" }, clerk), 403, "FORBIDDEN");
    assertError(await server.request("GET", "/api/crm/contacts", undefined, lead), 403, "FORBIDDEN");
    assertError(await server.request("DELETE", `/api/projects/entries/${entry.id}`), 401, "UNAUTHENTICATED");
    dataOf(await server.request("DELETE", `/api/projects/entries/${entry.id}`, undefined, clerk));
  }));
}

await runAll();
