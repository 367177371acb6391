// SPDX-License-Identifier: Apache-2.0
// The admin page: what it says of modules, as JSON and in a real Chromium (Debian's, without a window), to whom, on a phone, in the dark, by keyboard alone, and what becomes of text
// that means harm. Screenshots of it stay in the folder `screenshots` beside the cast modules. Where there is no Chromium, the cases that need it say that they are skipped.
import { spawn } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import zlib from "node:zlib";
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { Chromium, findChromium } from "./lib/chromium.mjs";
import { Server, bin, cast, databases, run, sleep, temporaryFolder } from "./lib/server.mjs";
import { wat2wasm } from "./lib/wat.mjs";

const secret = "0123456789abcdef0123456789abcdef", password = "correct horse battery";
const screenshots = path.join(path.dirname(cast), "screenshots");
const overview = "/api/admin/overview";
const ours = { anonymous_permissions: ["crm:*:*", "trap:*:*", "hungry:*:*"], limits: { memory_mib: 8 },
               identity: { roles: { admin: ["ingot:*:*"], viewer: ["ingot:admin:read"], clerk: ["crm:*:*"] } } };
const options = { ours, config: { master_key: secret, auth_rate_limit_per_minute: 100_000 } };

async function tokenFor(server, ...permissions) {
  const { code, stdout, stderr } = await run(path.join(bin, "ingot"), ["token", server.configPath, "--subject", "u-1", ...permissions.flatMap((one) => ["--permission", one])]);
  assert.equal(code, 0, stderr);
  return { authorization: `Bearer ${stdout.trim()}` };
}

async function addUser(server, email, role) {
  const child = spawn(path.join(bin, "ingot"), ["user", "add", server.configPath, email, "--role", role], { stdio: ["pipe", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (data) => (stderr += data));
  child.stdin.end(`${password}\n`);
  assert.equal(await new Promise((resolve) => child.on("close", resolve)), 0, stderr);
}

const told = async (server, headers) => dataOf(await server.request("GET", overview, undefined, headers));
const moduleOf = (data, name) => data.modules.find((module) => module.name === name);

// ---- as JSON ----

for (const database of databases()) {
  const of = (name) => `${database}: ${name}`;

  test(of("the overview says what clients, guests and the database know"), async () => {
    const server = await Server.start({ modules: ["core", "crm", "trap", "hungry"], database, ...options });
    const me = await tokenFor(server, "ingot:admin:read");
    const before = await told(server, me);
    assert.deepEqual(before.modules.map((module) => module.name), ["core", "crm", "hungry", "trap"]);
    assert.deepEqual(before.caller, { subject: "u-1", may_manage: false });
    assert.equal(before.server.database.kind, database);
    assert.equal(before.server.database.problem, null);
    assert.ok(Math.abs(Date.parse(before.server.started_at) - Date.now()) < 60_000, before.server.started_at);
    const history = await server.history();
    for (const module of before.modules) {
      // What its own file says, what the database's history says, what the routes' own answer says.
      const file = JSON.parse(fs.readFileSync(path.join(server.moduleFolder(module.name), "module.json"), "utf8"));
      for (const key of ["version", "display_name", "description", "author", "depends"]) assert.deepEqual(module[key], file[key]);
      assert.equal(module.state, "active");
      assert.deepEqual(module.migrations.map(({ version, state }) => `${module.name} ${version} ${state}`), history.filter((line) => line.startsWith(`${module.name} `)).map((line) => `${line} applied`));
      for (const { applied_at } of module.migrations) assert.ok(Math.abs(Date.parse(applied_at) - Date.now()) < 60_000, applied_at);
      assert.deepEqual(module.routes, dataOf(await server.request("GET", `/api/modules/${module.name}`)).routes);
      assert.deepEqual(module.requests, { count: 0, failed: 0, p50_ms: null, p99_ms: null, window_s: 300 });
      assert.equal(module.calls, 0);
      assert.equal(module.last_trap, null);
      assert.equal(module.memory.max_bytes, 8 * 2 ** 20);
      assert.ok(module.memory.last_bytes > 0 && module.memory.last_bytes % 65536 === 0 && module.memory.peak_bytes >= module.memory.last_bytes, JSON.stringify(module.memory));
    }
    assert.ok(moduleOf(before, "crm").migrations.length > 0);
    assert.deepEqual(moduleOf(before, "core").dependants, ["crm"]);

    // Ten answers, one of them a trap; and a guest that counts its own pages.
    for (let i = 0; i < 7; ++i) assert.equal((await server.request("GET", "/api/crm/contacts")).status, 200);
    assert.equal((await server.request("GET", "/api/crm/nothing")).status, 404);  // no route: nobody's
    assert.equal((await server.request("GET", "/api/trap/ok")).status, 200);
    assert.equal((await server.request("GET", "/api/trap/divide")).status, 500);
    const pages = Number(dataOf(await server.request("GET", "/api/hungry/count")));
    const after = await told(server, me), crm = moduleOf(after, "crm"), trap = moduleOf(after, "trap");
    assert.equal(crm.requests.count, 7);
    assert.equal(crm.calls, 7);
    assert.equal(crm.requests.failed, 0);
    assert.ok(crm.requests.p50_ms > 0 && crm.requests.p50_ms <= crm.requests.p99_ms, JSON.stringify(crm.requests));
    assert.deepEqual([trap.requests.count, trap.requests.failed, trap.calls, trap.traps], [2, 1, 2, 1]);
    assert.match(trap.last_trap.reason, /integer divide by zero/);
    assert.ok(Math.abs(Date.parse(trap.last_trap.at) - Date.now()) < 60_000);
    assert.equal(moduleOf(after, "hungry").memory.peak_bytes, pages * 65536);
    assert.ok(pages > 1);
    await server.stop();
  });

  test(of("one that is switched off keeps its history"), async () => {
    const server = await Server.start({ modules: ["core", "crm"], database, ...options });
    const me = await tokenFor(server, "ingot:*:*");
    dataOf(await server.request("PUT", "/api/modules/crm", { active: false }, me));
    const data = await told(server, me), crm = moduleOf(data, "crm");
    assert.equal(data.caller.may_manage, true);
    assert.equal(crm.state, "inactive");
    assert.deepEqual(crm.migrations.map(({ version, state }) => `crm ${version} ${state}`), (await server.history()).filter((line) => line.startsWith("crm ")).map((line) => `${line} applied`));
    assert.equal(crm.memory, undefined);
    await server.stop();
  });
}

if (databases().includes("postgresql")) {
  test("postgresql: it says that the database is away, and shows the rest", async () => {
    const server = await Server.prepare({ modules: ["core", "crm"], database: "postgresql", ...options });
    const sockets = new Set(), target = server.config.db_port;
    const proxy = net.createServer((client) => {
      const upstream = net.connect(target, server.config.db_host.startsWith("/") ? "127.0.0.1" : server.config.db_host);
      for (const socket of [client, upstream]) sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
      client.pipe(upstream).pipe(client);
    });
    await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    server.config = { ...server.config, db_host: "127.0.0.1", db_port: proxy.address().port, connect_timeout: 2 };
    server.writeConfig();
    await server.launch();
    const me = await tokenFor(server, "ingot:admin:read");
    assert.ok(moduleOf(await told(server, me), "crm").migrations.length > 0);
    proxy.close();
    for (const socket of sockets) socket.destroy();
    const data = await told(server, me);
    assert.match(data.server.database.problem, /does not answer/);
    assert.ok(!data.server.database.problem.includes(server.config.db_password));
    assert.equal(moduleOf(data, "crm").state, "active");
    assert.equal(moduleOf(data, "crm").migrations, undefined);
    await server.stop();
  });
}

test("the overview is for who may read it", async () => {
  const server = await Server.start({ modules: ["core"], ...options });
  assertError(await server.request("GET", overview), 401, "UNAUTHENTICATED");
  assertError(await server.request("GET", overview, undefined, { authorization: "Bearer x.y.z" }), 401, "UNAUTHENTICATED");
  for (const permission of ["ingot:metrics:read", "ingot:modules:manage", "crm:*:*", "ingot:admin:write"]) {
    const refused = await server.request("GET", overview, undefined, await tokenFor(server, permission));
    assertError(refused, 403, "FORBIDDEN");
    assert.match(refused.json.error.message, /ingot:admin:read/);
  }
  for (const permission of ["ingot:admin:read", "ingot:admin:*", "*:*:*"]) assert.equal((await server.request("GET", overview, undefined, await tokenFor(server, permission))).status, 200);
  const may = await tokenFor(server, "ingot:admin:read"), given = await server.request("GET", overview, undefined, may);
  assert.equal(given.headers.get("cache-control"), "no-store");
  for (const target of [overview, "/admin"]) {
    for (const method of ["POST", "PUT", "DELETE"]) assertError(await server.request(method, target, undefined, may), 405, "METHOD_NOT_ALLOWED");
  }
  for (const target of ["/admin/admin.js", "/admin/..", "/adminx", "/api/admin", "/api/admin/other"]) assertError(await server.request("GET", target, undefined, may), 404, "NOT_FOUND");
  await server.stop();
});

test("no module takes the page's name", async () => {
  const server = await Server.prepare({ modules: ["core"], ...options });
  fs.mkdirSync(server.moduleFolder("admin"));
  fs.writeFileSync(path.join(server.moduleFolder("admin"), "module.json"), JSON.stringify({ name: "admin", version: "1.0.0" }));
  await server.launch();
  const data = await told(server, await tokenFor(server, "ingot:admin:read"));
  assert.match(moduleOf(data, "admin").reason, /not a module name/);
  await server.stop();
});

test("the page is one document that is shut in", async () => {
  const server = await Server.start({ modules: [], ...options });
  const page = await server.request("GET", "/admin");
  assert.equal(page.status, 200);
  assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
  assert.equal(page.headers.get("x-content-type-options"), "nosniff");
  const policy = Object.fromEntries(page.headers.get("content-security-policy").split("; ").map((part) => [part.split(" ")[0], part.split(" ").slice(1).join(" ")]));
  const digest = (tag) => `'sha256-${crypto.createHash("sha256").update(page.text.match(new RegExp(`<${tag}>([^]*?)</${tag}>`))[1]).digest("base64")}'`;
  assert.deepEqual(policy, { "default-src": "'none'", "script-src": digest("script"), "style-src": digest("style"), "img-src": "data:", "connect-src": "'self'", "base-uri": "'none'", "form-action": "'none'",
                             "frame-ancestors": "'none'", "require-trusted-types-for": "'script'", "trusted-types": "'none'" });
  assert.equal(page.text.match(/<script/g).length, 1);
  assert.deepEqual([...page.text.matchAll(/\b(?:src|href|action)="([^"]*)"/g)].map(([, target]) => target), ["data:,", "#main"]);
  assert.ok(!/https?:|@import|url\(|\bstyle="|\bon[a-z]+="|innerHTML|insertAdjacentHTML|document\.write|eval\(/.test(page.text));
  assert.ok(!page.text.includes("{{"));
  assert.equal((await server.request("GET", "/admin/")).text, page.text);
  assert.equal((await server.request("HEAD", "/admin")).status, 200);
  await server.stop();
});

// ---- in a browser ----

const program = findChromium();
if (!program) console.log("SKIPPED: the page in a browser (there is no chromium in PATH, nor in INGOT_CHROMIUM; `scripts/setup --for tests` installs Debian's)");
const inBrowser = (name, body) => program && test(`browser: ${name}`, body);

let browser;
/** A page of its own before a server of its own. */
async function withPage(body, { modules = ["core", "crm", "accounting", "invoicing", "trap"], prepare = () => {}, using = options } = {}) {
  browser ??= await Chromium.launch(program);
  const server = await Server.prepare({ modules, ...using });
  await prepare(server);
  await server.launch();
  for (const role of ["admin", "viewer", "clerk"]) await addUser(server, `${role}@example.org`, role);
  const page = await browser.page();
  try {
    await body(page, server);
    await page.close();
    await server.stop();
  } catch (error) {
    await page.screenshot(path.join(screenshots, "failed.png")).catch(() => {});
    error.stack += `\nthe page's complaints:\n${page.errors.join("\n")}\nthe server's last words:\n${server.log.split("\n").slice(-8).join("\n")}`;
    throw error;
  } finally {
    if (server.running) await server.kill();
    await server.remove();
  }
}

/** By keyboard alone. */
async function signIn(page, server, who = "admin", word = password) {
  if (!(await page.evaluate("location.href")).startsWith(server.url)) await page.open(`${server.url}/admin`);
  await page.until("!document.getElementById('sign-in').hidden");
  await page.tabTo("it.id === 'email'");
  await page.type(`${who}@example.org`);
  await page.press("Tab");
  assert.equal(await page.evaluate("document.activeElement.id"), "password");
  await page.type(word);
  await page.press("Enter");
}
const shown = "!document.getElementById('overview').hidden";
/** Complaints besides those of refused sign-ins, which the browser writes down as failed requests. */
const complaints = (page) => page.errors.filter((line) => !/Failed to load resource.*40[139]/.test(line));
const row = (name) => `document.querySelector('tr[data-module="${name}"]')`;
const cell = (name, label) => `${row(name)}.querySelector('[data-label="${label}"] span').textContent`;
const details = (name) => `document.querySelector('details[data-module="${name}"]')`;
const text = (id) => `document.getElementById('${id}').textContent`;

inBrowser("somebody signs in and sees the modules, and nothing else is asked of anybody", async () => {
  await withPage(async (page, server) => {
    await page.colours("light");
    await signIn(page, server, "admin", "a wrong password");
    await page.until(`${text("refusal")} !== ''`);
    assert.equal(await page.evaluate("getComputedStyle(document.getElementById('overview')).display"), "none");
    await page.screenshot(path.join(screenshots, "admin-sign-in.png"));
    await page.evaluate("document.querySelectorAll('input').forEach((input) => input.value = '')");
    await signIn(page, server);
    await page.until(shown);
    assert.equal(await page.evaluate(text("refusal")), "");
    assert.equal(await page.evaluate("document.getElementById('password').value"), "");
    assert.deepEqual(await page.evaluate("[...document.querySelectorAll('#rows > tr')].map((row) => row.dataset.module)"), ["accounting", "core", "crm", "invoicing", "trap"]);
    for (const name of ["core", "crm"]) {
      assert.equal(await page.evaluate(cell(name, "State")), "active");
      assert.match(await page.evaluate(`${row(name)}.textContent`), /1\.0\.0/);
    }
    const crm = await page.evaluate(`${details("crm")}.textContent`);
    for (const { method, path: route, permission } of dataOf(await server.request("GET", "/api/modules/crm")).routes) {
      assert.ok(crm.includes(`${method}${route}${permission ?? "none: open to everybody"}`), crm);
    }
    for (const line of (await server.history()).filter((one) => one.startsWith("crm "))) assert.match(crm, new RegExp(`${line.split(" ")[1]}applied\\d{4}-`));
    await page.screenshot(path.join(screenshots, "admin-light.png"));
    // Nothing to steal is kept where a script could find it, and nobody else hears of anything.
    assert.deepEqual(await page.evaluate("[sessionStorage.length, localStorage.length, document.cookie]"), [0, 0, ""]);
    const asked = new Set(page.requests.filter((line) => !/ (about:|data:)/.test(line)).map((line) => line.replace(server.url, "")));
    assert.deepEqual([...asked].sort(), [`GET ${overview}`, "GET /admin", "POST /api/auth/login", "POST /api/auth/refresh"].sort());
    assert.deepEqual(complaints(page), []);
    // Loaded again, it needs no form.
    await page.open(`${server.url}/admin?again`);
    await page.until(shown);
    assert.equal(await page.evaluate("document.querySelectorAll('#rows > tr').length"), 5);
    await page.tabTo("it.id === 'sign-out'");
    await page.press("Enter");
    await page.until("!document.getElementById('sign-in').hidden");
    assert.deepEqual(await page.evaluate("[document.getElementById('overview').checkVisibility(), document.querySelectorAll('#rows > tr, #details > *, #facts > *').length]"), [false, 0]);
    await page.open(`${server.url}/admin`);
    await page.until("!document.getElementById('sign-in').hidden");
  });
});

inBrowser("the figures follow what happens, and rest when nobody looks", async () => {
  await withPage(async (page, server) => {
    await signIn(page, server);
    await page.until(shown);
    assert.equal(await page.evaluate(cell("crm", "Requests")), "0");
    assert.equal(await page.evaluate(cell("crm", "p50")), "none");
    for (let i = 0; i < 12; ++i) assert.equal((await server.request("GET", "/api/crm/contacts")).status, 200);
    assert.equal((await server.request("GET", "/api/trap/divide")).status, 500);
    await page.until(`${cell("crm", "Requests")} === '12' && ${cell("trap", "Traps")} === '1'`);
    assert.equal(await page.evaluate(cell("crm", "Calls")), "12");
    assert.match(await page.evaluate(cell("crm", "p50")), /^[\d.,]+ (ms|s)$/);
    assert.match(await page.evaluate(cell("crm", "Memory")), /^[\d.,]+ (KiB|MiB)$/);
    assert.match(await page.evaluate(`${details("trap")}.textContent`), /integer divide by zero/);
    // The last lines of the log are asked for while they can be seen, and followed.
    const asked_for_logs = () => page.requests.filter((line) => line.includes("/logs")).length;
    assert.equal(asked_for_logs(), 0);
    const log = `${details("trap")}.querySelector('.log').textContent`;
    await page.evaluate(`${details("trap")}.open = true`);
    await page.until(`/integer divide by zero/.test(${log})`);
    assert.equal((await server.request("GET", "/api/trap/divide", undefined, { "x-request-id": "seen-later" })).status, 500);
    await page.until(`${log}.includes('request seen-later')`);
    await page.evaluate(`${details("trap")}.open = false`);
    // A tab that is behind another asks nothing; one that comes to the front asks at once.
    const asked = () => page.requests.filter((line) => line.endsWith(overview)).length;
    const other = await browser.page({ beside: page, newWindow: false });
    await other.toFront();
    await page.until("document.hidden");
    await sleep(500);
    const before = asked();
    await sleep(4500);
    assert.equal(asked(), before);
    await page.toFront();
    await page.until("!document.hidden");
    await sleep(1000);
    assert.equal(asked(), before + 1);
    // So does somebody who wants to read in peace.
    await page.tabTo("it.id === 'pause'");
    await page.press("Space");
    assert.equal(await page.evaluate("document.getElementById('pause').getAttribute('aria-pressed')"), "true");
    await sleep(500);
    const paused = asked();
    await sleep(3000);
    assert.equal(asked(), paused);
    await page.press("Space");
    await page.until(`document.getElementById('pause').getAttribute('aria-pressed') === 'false'`);
    await sleep(3000);
    assert.ok(asked() > paused);
    assert.deepEqual(complaints(page), []);
  });
});

inBrowser("modules are switched off and on by keyboard alone", async () => {
  await withPage(async (page, server) => {
    await signIn(page, server);
    await page.until(shown);
    const active = (name) => JSON.parse(fs.readFileSync(path.join(server.moduleFolder(name), "module.json"), "utf8")).active;
    const label = "document.activeElement.getAttribute('aria-label')";
    await page.tabTo("it.getAttribute('aria-label') === 'Deactivate crm'");
    // Where the focus is can be seen.
    const outline = await page.evaluate("(({ outlineStyle, outlineWidth }) => [outlineStyle, parseFloat(outlineWidth)])(getComputedStyle(document.activeElement))");
    assert.ok(outline[0] !== "none" && outline[1] >= 2, `${outline}`);
    await page.press("Enter");
    await page.until(`${text("refusal")} !== ''`);
    assert.match(await page.evaluate(text("refusal")), /invoicing/);  // it needs crm
    assert.equal(active("crm"), true);
    await page.screenshot(path.join(screenshots, "admin-refused.png"));

    await page.tabTo("it.getAttribute('aria-label') === 'Deactivate invoicing'");
    await page.press("Space");
    await page.until(`${label} === 'Activate invoicing'`, "the same button, still with the focus, now says Activate");
    assert.equal(await page.evaluate(cell("invoicing", "State")), "inactive");
    assert.equal(await page.evaluate(text("refusal")), "");
    assert.equal(await page.evaluate(text("said")), "invoicing 1.0.0 is inactive.");
    assert.equal(await page.evaluate("document.getElementById('said').getAttribute('role')"), "status");
    assert.equal(active("invoicing"), false);
    assertError(await server.request("GET", "/api/invoicing/invoices"), 403, "MODULE_INACTIVE");
    await page.press("Enter");
    await page.until(`${label} === 'Deactivate invoicing'`);
    await page.until(`${cell("invoicing", "State")} === 'active'`);
    assert.equal(active("invoicing"), true);

    await page.press("Tab");
    assert.equal(await page.evaluate(label), "Reload invoicing");
    await page.press("Enter");
    await page.until(`${text("said")} === 'invoicing 1.0.0 is active (unchanged).'`);
    // Details open by keyboard, and stay open while figures come.
    await page.tabTo(`it === ${details("crm")}.querySelector('summary')`);
    await page.press("Enter");
    await page.until(`${details("crm")}.open`);
    const seen = await page.evaluate(text("updated"));
    await page.until(`${text("updated")} !== '${seen}'`);
    assert.equal(await page.evaluate(`${details("crm")}.open && document.activeElement === ${details("crm")}.querySelector('summary')`), true);
    // What somebody else does is said too.
    dataOf(await server.request("PUT", "/api/modules/trap", { active: false }, await tokenFor(server, "ingot:modules:manage")));
    await page.until(`${text("said")} === 'trap 1.0.0 is inactive now.'`);
    assert.deepEqual(complaints(page), []);
  });
});

inBrowser("who may only look has no buttons, who may not is told what is missing", async () => {
  await withPage(async (page, server) => {
    await signIn(page, server, "clerk");
    await page.until(`${text("refusal")} !== ''`);
    assert.match(await page.evaluate(text("refusal")), /ingot:admin:read/);
    assert.equal(await page.evaluate("document.querySelectorAll('#rows > tr').length"), 0);
    await page.evaluate("document.querySelectorAll('input').forEach((input) => input.value = '')");
    await signIn(page, server, "viewer");
    await page.until(shown);
    assert.equal(await page.evaluate("[...document.querySelectorAll('#rows button')].filter((button) => button.checkVisibility()).length"), 0);
    await assert.rejects(page.tabTo("/^(Deactivate|Activate|Reload) /.test(it.getAttribute('aria-label') ?? '')", { times: 30 }));
  });
});

inBrowser("where everybody may, nobody signs in, and where nobody can, that is said", async () => {
  await withPage(async (page, server) => {
    await page.open(`${server.url}/admin`);
    await page.until(shown);
    assert.equal(await page.evaluate("document.getElementById('sign-in').checkVisibility() || document.getElementById('sign-out').checkVisibility()"), false);
    await page.tabTo("it.getAttribute('aria-label') === 'Deactivate crm'");
    await page.press("Enter");
    await page.until(`${cell("crm", "State")} === 'inactive'`);
    assert.ok(!page.requests.some((line) => line.includes("/api/auth/")));
    assert.deepEqual(complaints(page), []);
  }, { modules: ["core", "crm"], using: { ours: { anonymous_permissions: ["ingot:*:*"] } } });
  await withPage(async (page, server) => {
    await signIn(page, server);
    await page.until(`/master_key/.test(${text("refusal")})`);
    assert.equal(await page.evaluate(shown), false);
  }, { modules: ["core"], using: {} });
});

inBrowser("a server that goes is missed, and found again when it is back, with new keys too", async () => {
  await withPage(async (page, server) => {
    await signIn(page, server);
    await page.until(shown);
    server.config.backend_port = Number(new URL(server.url).port);
    // With another key no token is believed any more: both pages exchange the same cookie at the same time, which must not look like a theft.
    server.config.master_key = secret.split("").reverse().join("");
    server.writeConfig();
    const second = await browser.page({ beside: page });
    await second.open(`${server.url}/admin`);
    await second.until(shown);
    await server.stop();
    await page.until(`/does not answer/.test(${text("trouble")})`);
    assert.equal(await page.evaluate(shown), true);
    // Exchanges are held up on their way, so that the pages have the time to get into each other's.
    const held = [];
    let holding = true;
    const release = ({ one, id }) => one.send("Fetch.continueRequest", { requestId: id });
    browser.listen(({ method, params, sessionId }) => {
      const one = [page, second].find(({ session }) => session === sessionId);
      if (method !== "Fetch.requestPaused" || !one) return;
      held.push({ one, id: params.requestId });
      if (!holding) release(held.at(-1));
    });
    for (const one of [page, second]) await one.send("Fetch.enable", { patterns: [{ urlPattern: "*/api/auth/refresh" }] });
    await server.launch();
    for (let i = 0; i < 400 && held.length === 0; ++i) await sleep(50);
    await sleep(5000);  // both have asked by now, and were told that their tokens are no good
    assert.equal(held.length, 1);
    holding = false;
    await release(held[0]);
    for (const one of [page, second]) {
      await one.until(`${text("trouble")} === ''`);
      const seen = await one.evaluate(text("updated"));
      await one.until(`${text("updated")} !== '${seen}' && ${shown}`);
    }
    assert.equal(held.length, 2);
    assert.ok(!/used twice/.test(server.log), server.log);
    await second.close();
  });
});

// ---- how it looks ----

/** In the page: every piece of text that is seen, with the contrast of its colour to what is behind it (WCAG 2.2, relative luminance). */
const measure = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = channels(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
      if (colour[3] !== 0) throw new Error("half transparent");
    }
    throw new Error("no ground");
  };
  const found = [];
  for (const node of document.querySelectorAll("body, body *")) {
    const own = [...node.childNodes].filter((child) => child.nodeType === 3).map((child) => child.data.trim()).join("");
    if ((own === "" && node.tagName !== "INPUT") || ["SCRIPT", "STYLE"].includes(node.tagName) || !node.checkVisibility()) continue;
    const [high, low] = [luminance(channels(getComputedStyle(node).color)), luminance(behind(node))].sort((a, b) => b - a);
    found.push({ text: own.slice(0, 40), ratio: (high + 0.05) / (low + 0.05), size: parseFloat(getComputedStyle(node).fontSize) });
  }
  return { found, ground: luminance(behind(document.body)) };
})()`;

/** The colour of a point of the screen, as it is painted: a PNG of one pixel has one row, a filter byte and the channels. */
async function pixel(page, x, y) {
  const { data } = await page.send("Page.captureScreenshot", { format: "png", clip: { x, y, width: 1, height: 1, scale: 1 } });
  const png = Buffer.from(data, "base64");
  const parts = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  return [...zlib.inflateSync(Buffer.concat(parts))].slice(1, 4);
}

inBrowser("it is readable in the light and in the dark, and fits a phone", async () => {
  await withPage(async (page, server) => {
    await signIn(page, server);
    await page.until(shown);
    assert.equal((await server.request("GET", "/api/trap/divide")).status, 500);
    await page.until(`${cell("trap", "Traps")} === '1'`);
    // Everything open, with an error on the page, one module off, and one that was refused.
    await page.tabTo("it.getAttribute('aria-label') === 'Deactivate invoicing'");
    await page.press("Enter");
    await page.until(`${cell("invoicing", "State")} === 'inactive'`);
    await page.tabTo("it.getAttribute('aria-label') === 'Deactivate core'", { shift: true });
    await page.press("Enter");
    await page.until(`${text("refusal")} !== ''`);
    await page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)");
    for (const scheme of ["light", "dark"]) {
      await page.colours(scheme);
      for (const [width, height] of [[1280, 900], [700, 900], [320, 640]]) {
        await page.resize(width, height, width === 320);
        await sleep(100);
        const { found, ground } = await page.evaluate(measure);
        assert.ok(found.length > 150, `${found.length} texts`);
        assert.deepEqual(found.filter(({ ratio }) => ratio < 4.5), [], `${scheme}, ${width}`);
        assert.deepEqual(found.filter(({ size }) => size < 14), [], `${scheme}, ${width}`);
        if (scheme === "dark") assert.ok(ground < 0.02, `${ground}`);
        else assert.ok(ground > 0.9, `${ground}`);
        for (const channel of await pixel(page, 3, height - 3)) assert.ok(scheme === "dark" ? channel < 48 : channel > 230, `${scheme}: ${channel}`);
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), width);
        const wide = await page.evaluate(`[...document.querySelectorAll("body *")].filter((node) => node.checkVisibility() && !node.closest("thead, .skip") && node.getBoundingClientRect().right > ${width} + 0.5).map((node) => node.outerHTML.slice(0, 80))`);
        assert.deepEqual(wide, [], `${scheme}, ${width}`);
        const clipped = await page.evaluate(`[...document.querySelectorAll("main *")].filter((node) => node.checkVisibility() && !node.closest("thead") && node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0).map((node) => node.outerHTML.slice(0, 80))`);
        assert.deepEqual(clipped, [], `${scheme}, ${width}`);
        await page.screenshot(path.join(screenshots, `admin-${scheme}-${width}.png`));
      }
    }
    const targets = await page.evaluate("[...document.querySelectorAll('button, summary')].filter((node) => node.checkVisibility()).map((node) => node.getBoundingClientRect()).map(({ width, height }) => [width, height])");
    assert.ok(targets.length > 10);
    assert.deepEqual(targets.filter(([width, height]) => width < 24 || height < 24), []);  // WCAG 2.2, 2.5.8
    await page.resize(1280, 900);
    // What a screen reader is told: a name for each thing that can be worked, tables with names, one first heading, no level left out.
    const { nodes } = await page.send("Accessibility.getFullAXTree");
    const named = nodes.filter((node) => !node.ignored).map((node) => [node.role.value, node.name?.value ?? ""]);
    assert.deepEqual(named.filter(([role, name]) => ["button", "table", "textbox", "heading", "columnheader", "rowheader", "DisclosureTriangle"].includes(role) && name === ""), []);
    for (const name of ["Deactivate crm", "Activate invoicing", "Reload core"]) assert.ok(named.some(([role, one]) => role === "button" && one === name), name);
    for (const name of ["Routes of crm", "Migrations of crm"]) assert.ok(named.some(([role, one]) => role === "table" && one.startsWith(name)), name);
    const levels = await page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].filter((node) => node.checkVisibility()).map((node) => Number(node.tagName[1]))");
    assert.equal(levels.filter((level) => level === 1).length, 1);
    levels.forEach((level, index) => assert.ok(index === 0 ? level === 1 : level <= levels[index - 1] + 1, `${levels}`));
    // On a phone the rows are cards, but a table for who does not see them.
    await page.resize(320, 640, true);
    await sleep(100);
    const narrow = (await page.send("Accessibility.getFullAXTree")).nodes.filter((node) => !node.ignored).map((node) => node.role.value);
    assert.ok(narrow.includes("table") && narrow.includes("rowheader") && narrow.filter((role) => role === "columnheader").length >= 9, [...new Set(narrow)].join(" "));
    assert.equal(await page.evaluate("document.documentElement.lang"), "en");
    assert.deepEqual(complaints(page), []);
  });
});

// ---- text that means harm ----

const harm = { image: "<img src=x onerror=window.pwned=1>", script: "<script>window.pwned=1</script>", svg: "\"'><svg onload=window.pwned=1>", turn: "\u202eevil", frame: "</td></table><iframe srcdoc='<script>parent.pwned=1</script>'></iframe>" };
const logged = "<object data=x onerror=window.pwned=1>";
const function_name = "<svg/onload=window.pwned=1>";

/** A module whose every word means harm, and whose one handler traps in a function of such a name. */
async function evilModule() {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, "module.wat"), `(module
    (import "host" "register_route" (func $route (param i32 i32 i32 i32 i32) (result i32)))
    (import "host" "log" (func $log (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "GET/trap")
    (data (i32.const 128) "${logged}\\1b[2J")
    (func (export "init") (drop (call $route (i32.const 0) (i32.const 3) (i32.const 3) (i32.const 5) (i32.const 1))))
    (func (export "alloc") (param i32) (result i32) (i32.const 4096))
    (func $${function_name} (param i32) (if (i32.eqz (i32.load (local.get 0))) (then (unreachable))))
    (func (export "handle") (param i32 i32 i32) (result i32 i32) (call $log (i32.const 128) (i32.const ${logged.length + 4})) (call $${function_name} (i32.const 2048)) (i32.const 64) (i32.const 0)))`);
  await wat2wasm(path.join(folder, "module.wat"), path.join(folder, "module.wasm"), ["--debug-names"]);
  fs.writeFileSync(path.join(folder, "module.json"), JSON.stringify({ name: "evil", version: "1.0.0", display_name: harm.image, description: harm.script, author: harm.svg + harm.turn }));
  const built = await run(path.join(bin, "ingotc"), ["build", folder, "-O", "dev", "--target", "x86-64-v2", "--key", path.join(cast, "test.key"), "-o", path.join(folder, "evil.ingot")]);
  assert.equal(built.code, 0, built.stderr);
  return folder;
}

inBrowser("text of modules is text, whatever it says", async () => {
  const evil = await evilModule();
  await withPage(async (page, server) => {
    await signIn(page, server);
    await page.until(shown);
    assert.equal((await server.request("GET", "/api/evil/trap", undefined, await tokenFor(server, "*:*:*"))).status, 500);
    await page.until(`${cell("evil", "Traps")} === '1'`);
    await page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)");
    await page.until(`${details("evil")}.querySelector('.log').textContent.includes('[2J')`);
    assert.ok((await page.evaluate(`${details("evil")}.querySelector('.log').textContent`)).includes(`info ${logged}\\x1b[2J request `));
    // It is all there, to the letter...
    const said = await page.evaluate("document.getElementById('overview').textContent");
    for (const words of [harm.image, harm.script, harm.svg + harm.turn, harm.frame, function_name]) assert.ok(said.includes(words), `${words} is not in: ${said}`);
    // ...and does nothing: no element came of it, nothing ran, nothing was asked for.
    assert.deepEqual(await page.evaluate("['img', 'svg', 'iframe', 'object', 'embed', 'link[rel=stylesheet]', 'b'].filter((tag) => document.querySelector(tag))"), []);
    assert.equal(await page.evaluate("document.querySelectorAll('script').length"), 1);
    // An answer that refuses names a module's words too.
    await page.tabTo("it.getAttribute('aria-label') === 'Reload broken'");
    await page.press("Enter");
    await page.until(`${text("said")}.startsWith('broken')`);
    await page.screenshot(path.join(screenshots, "admin-hostile.png"));
    assert.equal(await page.evaluate("typeof window.pwned"), "undefined");
    assert.deepEqual(page.dialogs, []);
    assert.deepEqual(complaints(page), []);
    // If somebody made a mistake here one day, the browser would refuse it: the policy is enforced.
    for (const attempt of ["document.body.insertAdjacentHTML('beforeend', '<b>')", "document.getElementById('said').innerHTML = '<b>'", "document.body.append(Object.assign(document.createElement('script'), { text: 'window.pwned = 2' }))",
      "eval('window.pwned = 3')"]) {
      assert.match(await page.evaluate(`(() => { try { ${attempt}; return 'done'; } catch (error) { return error.name; } })()`), /^(TypeError|EvalError)$/, attempt);
    }
    await page.evaluate("document.body.append(Object.assign(document.createElement('img'), { src: '/api/crm/contacts' }))");
    await sleep(300);
    assert.ok(page.errors.some((line) => /img-src/.test(line)), page.errors.join("\n"));
    assert.equal(await page.evaluate("typeof window.pwned"), "undefined");
  }, {
    modules: ["core", "crm"],
    prepare: (server) => {
      fs.mkdirSync(server.moduleFolder("evil"));
      for (const file of ["module.json", "evil.ingot"]) fs.copyFileSync(path.join(evil, file), path.join(server.moduleFolder("evil"), file));
      fs.mkdirSync(server.moduleFolder("broken"));
      fs.copyFileSync(path.join(evil, "evil.ingot"), path.join(server.moduleFolder("broken"), "broken.ingot"));
      fs.writeFileSync(path.join(server.moduleFolder("broken"), "module.json"), JSON.stringify({ name: "broken", version: "1.0.0", depends: [harm.frame] }));
    },
  });
});

inBrowser("no other page shows it in a frame", async () => {
  await withPage(async (page, server) => {
    const other = http.createServer((request, response) => response.setHeader("content-type", "text/html").end(`<!doctype html><iframe src="${server.url}/admin"></iframe>`));
    await new Promise((resolve) => other.listen(0, "127.0.0.1", resolve));
    await page.open(`http://127.0.0.1:${other.address().port}/`);
    for (let i = 0; i < 100 && !page.errors.some((line) => /frame-ancestors/.test(line)); ++i) await sleep(50);
    assert.ok(page.errors.some((line) => /frame-ancestors/.test(line)), page.errors.join("\n"));
    assert.ok(!page.requests.some((line) => line.endsWith(overview)));
    other.close();
    other.closeAllConnections();
  }, { modules: ["core"] });
});

if (program) test("browser: it ends", async () => {
  await browser.close();
  assert.equal(browser.over, true);
});

await runAll();
