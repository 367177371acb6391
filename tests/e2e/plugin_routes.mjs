// SPDX-License-Identifier: Apache-2.0
// Extism plugins behind the server's routes: who may call, what goes in and out, how a call ends, what a plugin is given and what not, what is left of a call, and what is refused when
// the server starts.
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { Document } from "./lib/openapi.mjs";
import { Server, bin, cast, databases, run, sleep, temporaryFolder, withServer } from "./lib/server.mjs";
import { wat2wasm } from "./lib/wat.mjs";

const secret = "0123456789abcdef0123456789abcdef";
const folder = temporaryFolder(), at = (...names) => path.join(folder, ...names);
for (const name of ["partner", "files"]) {
  await wat2wasm(path.join(import.meta.dirname, `plugins/${name}.wat`), at(`${name}.wasm`), ["--debug-names"]);
  const built = await run(path.join(bin, "ingotc"), ["build", at(`${name}.wasm`), "-O", "dev", "--target", "x86-64-v2", "--key", path.join(cast, "test.key"), "-o", at(`${name}.ingot`)]);
  assert.equal(built.code, 0, built.stderr);
}
const manifest = (name, value) => (fs.writeFileSync(at(name), JSON.stringify(value)), at(name));
const whole = manifest("partner.json", {
  wasm: [{ path: "partner.ingot" }], allowed_hosts: ["127.0.0.1", "*.example.org"], timeout_ms: 60_000, config: { key: "of the manifest" }, memory: { max_pages: 100 },
});

const functions = ["echo", "refuse", "panic", "seven", "minus_one", "trap", "endless", "calls", "left_behind", "setting", "event", "audit", "audit_and_trap", "audit_nothing", "events_for_ever", "say", "fetch", "grow"];
const routes = functions.map((name) => ({ method: "POST", path: `/${name}`, function: name, permission: "partner:phi:read" }));
const plugin = (more = {}) => ({ name: "partner", manifest: whole, routes, host_functions: ["log_event", "log_audit"], ...more });
const options = (plugins, more = {}) => ({
  modules: ["core"], config: { master_key: secret },
  ours: { identity: { roles: { nurse: ["partner:phi:read"], watcher: ["ingot:admin:read"], scraper: ["ingot:metrics:read"] } }, limits: { call_deadline_ms: 2000 }, plugins, ...more },
});
const token = async (server, role) => {
  const { code, stdout, stderr } = await run(path.join(bin, "ingot"), ["token", server.configPath, "--subject", "ann", "--tenant", "t-7", "--role", role]);
  assert.equal(code, 0, stderr);
  return { authorization: `Bearer ${stdout.trim()}` };
};
const octets = { "content-type": "application/octet-stream" };
/** A server with these plugins, and how a nurse calls one. */
async function withPlugins(plugins, body, more = {}) {
  await withServer({ ...options(plugins), ...more }, async (server) => {
    const nurse = await token(server, "nurse"), watcher = await token(server, "watcher");
    const call = (name, input = "", headers = nurse) => server.request("POST", `/api/partner/${name}`, input, { ...octets, ...headers });
    await body(server, call, { nurse, watcher });
  });
}
const refusedToLoad = (plugins, pattern) => withServer(options(plugins), async (server) => {
  const watcher = await token(server, "watcher");
  const [one] = dataOf(await server.request("GET", "/api/plugins", undefined, watcher));
  assert.equal(one.state, "quarantined");
  assert.match(one.reason, pattern);
  const ready = dataOf(await server.request("GET", "/ready"));
  assert.deepEqual([ready.status, ready.quarantined.map(({ module }) => module)], ["degraded", ["partner"]]);
  assert.equal((await server.request("POST", "/api/partner/echo", "x", octets)).status, 404);
});
/** A line of the log may come a moment after the answer. */
async function logged(server, pattern, times = 1) {
  const count = () => [...server.log.matchAll(new RegExp(pattern, "g"))].length;
  for (let patience = 200; count() < times && patience > 0; --patience) await sleep(25);
  assert.equal(count(), times, `${pattern}\n${server.log}`);
}
async function refusedToStart(plugins, pattern) {
  const server = await Server.prepare(options(plugins));
  await assert.rejects(server.launch(), (error) => (assert.match(error.message, pattern), true));
  await server.remove();
}

test("a body goes in and the output comes out, byte by byte, of the type that the route says", async () => {
  const typed = routes.map((route) => (route.path === "/setting" ? { ...route, content_type: "text/plain; charset=utf-8" } : route));
  await withPlugins([plugin({ routes: [...typed, { method: "GET", path: "/asked", function: "echo", public: true }] })], async (server, call) => {
    for (const input of ["", "x", "\u0000\u0001", "a".repeat(100_000)]) {
      const answer = await call("echo", input);
      assert.deepEqual([answer.status, answer.text], [200, input]);
    }
    const answer = await call("setting");
    assert.deepEqual([answer.text, answer.headers.get("content-type")], ["of the manifest", "text/plain; charset=utf-8"]);
    assert.equal((await call("echo", "x")).headers.get("content-type"), "application/octet-stream");
    assert.equal((await call("echo", "x")).headers.get("x-content-type-options"), "nosniff");
    const asked = await server.request("GET", "/api/partner/asked?a=1&b=%20");
    assert.deepEqual([asked.status, asked.text], [200, "a=1&b=%20"], "a public route needs no token, and a GET's input is its query");
    assertError(await server.request("GET", "/api/partner/echo"), 405, "METHOD_NOT_ALLOWED");
    assertError(await server.request("POST", "/api/partner/nothing"), 404, "NOT_FOUND");
  });
});

test("only who has the permission calls", async () => {
  await withPlugins([plugin()], async (server, call, { watcher, nurse }) => {
    assertError(await call("echo", "x", {}), 401, "UNAUTHENTICATED");
    assertError(await call("echo", "x", { authorization: "Bearer nonsense" }), 401, "UNAUTHENTICATED");
    assertError(await call("echo", "x", watcher), 403, "FORBIDDEN");
    assertError(await server.request("GET", "/api/plugins", undefined, nurse), 403, "FORBIDDEN");
    assertError(await server.request("GET", "/api/plugins"), 401, "UNAUTHENTICATED");
    const [one] = dataOf(await server.request("GET", "/api/plugins", undefined, watcher));
    assert.deepEqual(one.calls, { ok: 0, error: 0, trap: 0, timeout: 0, busy: 0 }, "the plugin heard of none of it");
  });
});

test("an error of the plugin's is told, a trap is not, a call without an end is ended, and the next call works", async () => {
  await withPlugins([plugin({ pool: 1 })], async (server, call, { watcher }) => {
    const wrong = await call("refuse");
    assertError(wrong, 422, "PLUGIN_ERROR");
    assert.equal(wrong.json.error.message, "no such patient");
    const panicked = await call("panic");
    assertError(panicked, 422, "PLUGIN_ERROR");
    assert.equal(panicked.json.error.message, "no such patient");
    for (const [name, code] of [["seven", "7"], ["minus_one", "-1"]]) {
      const answer = await call(name);
      assertError(answer, 422, "PLUGIN_ERROR");
      assert.match(answer.json.error.message, new RegExp(`${code}$`));
    }
    assertError(await call("trap"), 500, "PLUGIN_TRAPPED");
    await logged(server, /request failed module=partner .*backtrace=/);
    const began = Date.now();
    assertError(await call("endless"), 504, "DEADLINE_EXCEEDED");
    assert.ok(Date.now() - began >= 1900, "as long as a call may take");
    assert.equal((await call("echo", "goes on")).text, "goes on");
    const [one] = dataOf(await server.request("GET", "/api/plugins", undefined, watcher));
    assert.deepEqual(one.calls, { ok: 1, error: 4, trap: 1, timeout: 1, busy: 0 });
    assert.equal(one.instances, 1);
  });
});

test("who finds all instances busy waits, and is told so when that lasts too long", async () => {
  await withPlugins([plugin({ pool: 1 })], async (server, call) => {
    const endless = call("endless");
    await sleep(1700);  // of its two seconds; who comes now waits for up to one
    const answers = await Promise.all([endless, call("echo", "waits"), server.request("GET", "/health")]);
    assertError(answers[0], 504, "DEADLINE_EXCEEDED");
    assert.deepEqual([answers[1].status, answers[1].text], [200, "waits"]);
    assert.equal(answers[2].status, 200);
    const crowd = await Promise.all(Array.from({ length: 4 }, () => call("endless")));
    assert.ok(crowd.some(({ status }) => status === 504));
    const busy = crowd.filter(({ status }) => status === 503);
    for (const answer of busy) assertError(answer, 503, "UNAVAILABLE");
    assert.ok(busy.length >= 1 && busy.every(({ headers }) => headers.get("retry-after") !== null), JSON.stringify(crowd.map(({ status }) => status)));
    assert.equal((await call("echo", "again")).text, "again");
  });
});

test("a call finds nothing of the one before it, unless that was asked for", async () => {
  await withPlugins([plugin({ pool: 1 })], async (_server, call) => {
    for (let i = 0; i < 3; ++i) assert.equal((await call("calls")).text, "1");
    for (let i = 0; i < 3; ++i) assert.equal((await call("left_behind", "of ann")).text, "0");
  });
  await withPlugins([plugin({ pool: 1, keep_state: true })], async (_server, call) => {
    for (let i = 1; i < 4; ++i) assert.equal((await call("calls")).text, String(i));
    assert.deepEqual([(await call("left_behind", "of ann")).text, (await call("left_behind", "of ann")).text], ["0", "1"]);
  });
});

test("instances that nobody calls rest, and are woken by the next call as they were left", async () => {
  const rested = async (server, watcher, instances) => {
    let one;
    for (let patience = 200; patience > 0; --patience) {
      [one] = dataOf(await server.request("GET", "/api/plugins", undefined, watcher));
      if (one.at_rest === instances) break;
      await sleep(50);
    }
    assert.deepEqual([one.instances, one.at_rest], [instances, instances]);
    assert.match((await server.request("GET", "/metrics", undefined, await token(server, "scraper"))).text, new RegExp(`ingot_plugin_instances_at_rest\\{plugin="partner"\\} ${instances}\\n`));
  };
  await withPlugins([plugin({ pool: 1, keep_state: true, rest_after_s: 1 })], async (server, call, { watcher }) => {
    for (let i = 1; i < 4; ++i) {
      assert.equal((await call("calls")).text, String(i));
      assert.equal((await call("left_behind", "of ann")).text, i === 1 ? "0" : "1");
      await rested(server, watcher, 1);
    }
    assertError(await call("trap"), 500, "PLUGIN_TRAPPED");
    await rested(server, watcher, 1);
    assert.equal((await call("calls")).text, "1", "behind a trap it begins anew, rested or not");
  });
  await withPlugins([plugin({ pool: 3, rest_after_s: 1 })], async (server, call, { watcher }) => {
    for (let i = 0; i < 2; ++i) {
      const answers = await Promise.all(Array.from({ length: 12 }, () => call("calls")));
      assert.deepEqual(answers.map(({ text }) => text), Array(12).fill("1"));
      const [{ instances }] = dataOf(await server.request("GET", "/api/plugins", undefined, watcher));
      await rested(server, watcher, instances);
    }
  });
  await refusedToStart([plugin({ rest_after_s: -1 })], /rest_after_s": must be a whole number from 0 to 86400/);
});

test("the configuration narrows what the manifest asks for: hosts, memory, time, settings", async () => {
  let visits = 0;
  const upstream = http.createServer((_request, response) => (++visits, response.end("hello"))).listen(0, "127.0.0.1");
  await new Promise((resolve) => upstream.once("listening", resolve));
  const url = (host) => JSON.stringify({ url: `http://${host}:${upstream.address().port}/` });
  try {
    await withPlugins([plugin({ allowed_hosts: ["*"], config: { key: "of the operator" } })], async (server, call) => {
      assert.equal((await call("fetch", url("127.0.0.1"))).text, "hello");
      assertError(await call("fetch", JSON.stringify({ url: `http://localhost:${upstream.address().port}/?patient=4711` })), 500, "PLUGIN_TRAPPED");  // the manifest does not ask for it
      await logged(server, /request failed module=partner .*reason="?HTTP request to http:\/\/localhost:\d+\/ is not allowed/);
      assert.ok(!server.log.includes("4711"));
      assert.equal((await call("setting")).text, "of the operator");
      assert.equal((await call("grow")).text, "0");
    });
    assert.equal(visits, 1);
    for (const allowed_hosts of [undefined, [], ["localhost"], ["127.0.0.2"]]) {
      await withPlugins([plugin({ allowed_hosts, memory_pages_max: 8 })], async (_server, call) => {
        assertError(await call("fetch", url("127.0.0.1")), 500, "PLUGIN_TRAPPED");
        assert.notEqual((await call("grow")).text, "0");
      });
    }
    assert.equal(visits, 1, "nothing else went out");
    await withPlugins([plugin({ timeout_ms: 300 })], async (server, call, { watcher }) => {
      assertError(await call("endless"), 504, "DEADLINE_EXCEEDED");
      assert.equal(dataOf(await server.request("GET", "/api/plugins", undefined, watcher))[0].timeout_ms, 300);
    });
  } finally {
    upstream.close();
  }
});

test("a directory is there when the configuration grants it, as it grants it, whatever the manifest asks for", async () => {
  // The numbers are WASI's (wasi_snapshot_preview1, errno).
  const badf = 8, perm = 63, rofs = 69;
  const data = at("data"), lines = ["read", "write"].map((name) => ({ method: "POST", path: `/${name}`, function: name, permission: "partner:phi:read" }));
  fs.mkdirSync(data);
  fs.writeFileSync(path.join(data, "codes"), "A00 Cholera");
  fs.writeFileSync(at("secret"), "secret");
  fs.symlinkSync("../secret", path.join(data, "way-out"));
  const asks = manifest("files.json", { wasm: [{ path: "files.ingot" }], allowed_paths: { [folder]: "/all" } });
  const files = (more) => [plugin({ manifest: asks, routes: lines, host_functions: [], ...more })];
  const ends = (answer, errno) => {
    assertError(answer, 422, "PLUGIN_ERROR");
    assert.match(answer.json.error.message, new RegExp(`\\b${errno}$`));
  };
  await withPlugins(files({ wasi: true, paths: [`ro:${data}:/codes`] }), async (_server, call) => {
    assert.equal((await call("read", "codes")).text, "A00 Cholera");
    ends(await call("write", "new"), rofs);
    for (const target of ["../secret", "way-out", "/codes/../secret"]) ends(await call("read", target), perm);
  });
  assert.equal(fs.existsSync(path.join(data, "new")), false);
  await withPlugins(files({ wasi: true, paths: [`${data}:/codes`] }), async (_server, call) => {
    assert.equal((await call("write", "new")).status, 200);
    ends(await call("write", "../new"), perm);
  });
  assert.equal(fs.readFileSync(path.join(data, "new"), "utf8"), "new");
  assert.equal(fs.existsSync(at("new")), false);
  await withPlugins(files({ wasi: true }), async (_server, call) => ends(await call("read", "codes"), badf));
  await refusedToLoad(files({}), /"wasi": true/);
});

/** A server that answers when it is told to, and how many wait for that. */
async function lateServer() {
  const waiting = [];
  const upstream = http.createServer((_request, response) => waiting.push(response)).listen(0, "127.0.0.1");
  await new Promise((resolve) => upstream.once("listening", resolve));
  const arrived = async (count) => {
    for (let patience = 400; waiting.length < count && patience > 0; --patience) await sleep(10);
    assert.equal(waiting.length, count);
  };
  return { request: JSON.stringify({ url: `http://127.0.0.1:${upstream.address().port}/` }), arrived, answer: () => waiting.splice(0).forEach((response) => response.end("late")), close: () => upstream.close() };
}

test("plugins that wait for their HTTP answers hold up nobody", async () => {
  const late = await lateServer(), count = os.availableParallelism() * 4;  // more than the server has threads
  try {
    await withPlugins([plugin({ allowed_hosts: ["127.0.0.1"], pool: count + 1, timeout_ms: 30_000 })], async (server, call) => {
      const fetched = Array.from({ length: count }, () => call("fetch", late.request));
      await late.arrived(count);
      for (let i = 0; i < 20; ++i) assert.equal((await call("echo", String(i))).text, String(i));
      assert.equal((await server.request("GET", "/health")).status, 200);
      late.answer();
      for (const answer of await Promise.all(fetched)) assert.equal(answer.text, "late");
    }, options([plugin({ allowed_hosts: ["127.0.0.1"], pool: count + 1 })], { limits: { call_deadline_ms: 30_000 } }));
  } finally {
    late.close();
  }
});

test("each call is a line of the log that says who and how much, and nothing of what was said", async () => {
  await withPlugins([plugin()], async (server, call, { nurse }) => {
    await call("echo", "patient 4711", { ...nurse, "x-request-id": "call-1" });
    await call("event", "a word for the log", { ...nurse, "x-request-id": "call-2" });
    await call("say", "a line of its own");
    assertError(await call("events_for_ever", "again"), 500, "PLUGIN_TRAPPED");
    await logged(server, /plugin called module=partner function=events_for_ever outcome=trap/);
    await logged(server, /plugin called module=partner function=echo outcome=ok ms=\d+ input_bytes=12 output_bytes=12 subject=ann tenant=t-7 request_id=call-1/);
    await logged(server, /a word for the log.* request_id=call-2/);
    await logged(server, /a line of its own/);
    await logged(server, / again .*module=partner/, 64);  // log_event is bounded
    assert.ok(!server.log.includes("4711"));
  });
});

for (const database of databases()) {
  test(`${database}: what a plugin wants in the audit trail is there before the answer, as each call where that is asked for`, async () => {
    await withPlugins([plugin({ audit: true })], async (server, call, { nurse }) => {
      assert.equal((await call("audit", "looked at \"4711\"", { ...nurse, "x-request-id": "audit-1" })).status, 200);
      assertError(await call("audit_and_trap", "then fell", { ...nurse, "x-request-id": "audit-2" }), 500, "PLUGIN_TRAPPED");
      assertError(await call("audit_nothing"), 500, "PLUGIN_TRAPPED");
      const rows = await server.sql(`SELECT module, action, subject, tenant, request_id, detail FROM ${server.config.db_name ? "ingot.audit" : "ingot_audit"} ORDER BY number`);
      const told = rows.map(({ action, request_id, detail }) => [action, request_id, JSON.parse(detail)]);
      assert.deepEqual(told[0], ["event", "audit-1", { function: "audit", text: "looked at \"4711\"" }]);
      assert.deepEqual([told[1][0], told[1][2].outcome, told[1][2].input_bytes], ["call", "ok", 16]);
      assert.deepEqual(told[2], ["event", "audit-2", { function: "audit_and_trap", text: "then fell" }]);
      assert.deepEqual([told[3][0], told[3][2].outcome, told[3][2].code], ["call", "trap", 134]);
      assert.deepEqual([told.length, told[4][2].outcome], [5, "trap"]);
      for (const row of rows) assert.deepEqual([row.module, row.subject, row.tenant], ["partner", "ann", "t-7"]);
    }, { ...options([plugin({ audit: true })]), database });
  });
}

test("what it may not import, what was not cast, whom nobody trusts and what it does not export are refused by name, and the rest is served", async () => {
  await refusedToLoad([plugin({ host_functions: ["log_event"] })], /log_audit.*name 'log_audit' in "host_functions"/s);
  await refusedToLoad([plugin({ host_functions: undefined })], /log_event/);
  await refusedToLoad([plugin({ manifest: manifest("raw.json", { wasm: [{ path: "partner.wasm" }] }) })], /ingotc build .*raw\.json -o/);
  await refusedToLoad([plugin({ manifest: at("nowhere.json") })], /nowhere\.json/);
  await refusedToLoad([plugin({ manifest: manifest("hash.json", { wasm: [{ path: "partner.ingot", hash: "0".repeat(64) }] }) })], /[Hh]ash/);
  const stranger = await run(path.join(bin, "ingotc"), ["build", at("partner.wasm"), "-O", "dev", "--target", "x86-64-v2", "--unsigned", "-o", at("stranger.ingot")]);
  assert.equal(stranger.code, 0, stranger.stderr);
  await refusedToLoad([plugin({ manifest: at("stranger.ingot") })], /sign/);
  await refusedToLoad([plugin({ routes: [{ path: "/x", function: "nowhere", public: true }] })], /nowhere/);
  await refusedToLoad([plugin({ routes: [{ path: "/x", function: "takes_numbers", public: true }] })], /takes_numbers/);
  await withServer(options([{ ...plugin(), name: "core" }]), async (server) => {
    const [one] = dataOf(await server.request("GET", "/api/plugins", undefined, await token(server, "watcher")));
    assert.match(one.reason, /module has this name/);
  });
});

test("a bundle needs no manifest", async () => {
  await withPlugins([plugin({ manifest: at("partner.ingot") })], async (_server, call) => {
    assert.equal((await call("echo", "by itself")).text, "by itself");
    assert.equal((await call("setting")).text, "");
  });
});

test("a configuration that says it wrongly does not start the server, and names the key", async () => {
  const wrong = (more, pattern) => refusedToStart([plugin(more)], pattern);
  await wrong({ colour: "red" }, /ingot\.plugins\[0\]\.colour": unknown key/);
  await wrong({ name: "Partner" }, /ingot\.plugins\[0\]\.name/);
  await wrong({ name: "plugins" }, /ingot\.plugins\[0\]\.name/);
  await wrong({ routes: [] }, /ingot\.plugins\[0\]\.routes/);
  await wrong({ routes: [{ path: "/x", function: "echo" }] }, /routes\[0\].*"permission".*"public"/);
  await wrong({ routes: [{ path: "/x", function: "echo", permission: "a:b:c", public: true }] }, /routes\[0\]/);
  await wrong({ routes: [{ path: "/x", function: "echo", permission: "everything" }] }, /routes\[0\]\.permission/);
  await wrong({ routes: [{ path: "/{id}", function: "echo", public: true }] }, /routes\[0\]\.path/);
  await wrong({ routes: [{ method: "TRACE", path: "/x", function: "echo", public: true }] }, /routes\[0\]/);
  await wrong({ routes: [routes[0], routes[0]] }, /routes\[1\].*twice/);
  await wrong({ host_functions: ["system"] }, /there is no host function 'system'/);
  await wrong({ pool: 0 }, /pool/);
  await wrong({ paths: ["/tmp:/tmp"] }, /"wasi": true/);
  await refusedToStart([plugin(), plugin()], /stands twice/);
});

test("a reload brings another plugin, and is refused when one that answers would be gone", async () => {
  const late = await lateServer();
  await withPlugins([plugin({ allowed_hosts: ["127.0.0.1"] })], async (server, call, { watcher }) => {
    const reload = async () => {
      const lines = server.log.split("\n").filter((line) => /reloaded|reload refused/.test(line)).length;
      server.child.kill("SIGHUP");
      while (server.log.split("\n").filter((line) => /reloaded|reload refused/.test(line)).length === lines) await sleep(20);
    };
    const begun = call("fetch", late.request);
    await late.arrived(1);
    server.config.ingot.plugins[0].config = { key: "reloaded" };
    server.writeConfig();
    await reload();
    assert.equal((await call("setting")).text, "reloaded");
    late.answer();
    assert.equal((await begun).text, "late", "a call that began before goes on");
    server.config.ingot.plugins[0].host_functions = [];
    server.writeConfig();
    await reload();
    assert.match(server.log, /reload refused.*plugin 'partner'/);
    assert.equal((await call("setting")).text, "reloaded");
    server.config.ingot.plugins = [];
    server.writeConfig();
    await reload();
    assertError(await call("setting"), 404, "NOT_FOUND");
    assert.deepEqual(dataOf(await server.request("GET", "/api/plugins", undefined, watcher)), []);
  });
  late.close();
});

test("the OpenAPI document and the metrics tell of it", async () => {
  await withPlugins([plugin()], async (server, call, { watcher }) => {
    const document = new Document((await server.request("GET", "/api/openapi.json")).json);
    for (const name of ["echo", "refuse", "trap", "endless"]) assert.equal(document.objection("POST", `/api/partner/${name}`, await call(name, "x")), undefined, name);
    assert.equal(document.objection("POST", "/api/partner/echo", await call("echo", "x", {})), undefined);
    assert.equal(document.objection("GET", "/api/plugins", await server.request("GET", "/api/plugins", undefined, watcher)), undefined);
    const metrics = await server.request("GET", "/metrics", undefined, await token(server, "watcher"));
    assertError(metrics, 403, "FORBIDDEN");
    server.config.ingot.anonymous_permissions = ["ingot:metrics:read"];
    server.writeConfig();
    server.child.kill("SIGHUP");
    await logged(server, / reloaded/);
    await call("echo", "x");
    const { text } = await server.request("GET", "/metrics");
    assert.match(text, /ingot_plugin_state\{plugin="partner",state="active"\} 1/);
    assert.match(text, /ingot_plugin_calls_total\{plugin="partner",outcome="ok"\} 1/);
    assert.match(text, /ingot_http_requests_total\{module="partner",status="200"\} [1-9]/);
  });
});

await runAll();
