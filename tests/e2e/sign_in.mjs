// SPDX-License-Identifier: Apache-2.0
// Accounts, from the command line to the cookie, on each database: who gets in, for how long, and what is never seen of a password or a token. Tokens are read here by
// Node's own cryptography.
import { spawn } from "node:child_process";
import crypto from "node:crypto";
import path from "node:path";
import { assert, assertError, dataOf, runAll, test } from "./lib/check.mjs";
import { Server, bin, databases, run } from "./lib/server.mjs";

const secret = "0123456789abcdef0123456789abcdef", password = "correct horse battery", other = "staple of another kind";
const modules = ["core", "crm"];
const ours = { identity: { roles: { sales: ["crm:contact:*"] } } };

/** Runs `ingot user ...` with a line of input. */
function user(server, words, line = "") {
  return new Promise((resolve, reject) => {
    const child = spawn(path.join(bin, "ingot"), ["user", words[0], server.configPath, ...words.slice(1)], { stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "", stderr = "";
    child.stdout.on("data", (data) => (stdout += data));
    child.stderr.on("data", (data) => (stderr += data));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.on("error", () => {});
    child.stdin.end(line ? `${line}\n` : "");
  });
}

const cookieOf = (response) => {
  const field = response.headers.get("set-cookie");
  const [pair, ...attributes] = field.split("; ");
  return { value: pair.slice("refresh_token=".length), pair, attributes: attributes.sort() };
};
const login = (server, body = { email: "ada@example.org", password }) => server.request("POST", "/api/auth/login", body);
const refresh = (server, cookie) => server.request("POST", "/api/auth/refresh", undefined, cookie ? { cookie } : {});

for (const database of databases()) {
  const of = (name) => `${database}: ${name}`;
  const server = await Server.start({ modules, database, ours, config: { master_key: secret, auth_rate_limit_per_minute: 100_000, access_ttl_seconds: 120 } });
  const seen = [];  // every secret that was handed out, to be looked for where it must not be

  test(of("an account is made from the command line, and its password is asked for there only"), async () => {
    const made = await user(server, ["add", "Ada@Example.org", "--tenant", "acme", "--role", "sales"], password);
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout.trim(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    for (const [words, line, why] of [
      [["add", "ada@example.org"], password, /already/], [["add", "b@example.org"], "short", /12 characters/], [["add", "b@example.org"], "", /no password/],
      [["add", "nobody"], password, /NAME@HOST/], [["password", "none@example.org"], password, /no user/], [["remove", "none@example.org"], "", /no user/],
    ]) {
      const refused = await user(server, words, line);
      assert.notEqual(refused.code, 0, words.join(" "));
      assert.match(refused.stderr, why);
    }
    const warned = await user(server, ["add", "bob@example.org", "--role", "unheard-of"], password);
    assert.equal(warned.code, 0);
    assert.match(warned.stderr, /grants nothing to 'unheard-of'/);
    const listed = JSON.parse((await user(server, ["list", "--json"])).stdout);
    assert.deepEqual(listed.map(({ email, tenant, active, roles }) => ({ email, tenant, active, roles })), [
      { email: "ada@example.org", tenant: "acme", active: true, roles: ["sales"] }, { email: "bob@example.org", tenant: "", active: true, roles: ["unheard-of"] }]);
  });

  test(of("signing in gives a token that opens what the roles open"), async () => {
    const response = await login(server, { email: "ADA@example.org", password, unknown: 1 });
    const data = dataOf(response, 200);
    assert.deepEqual(Object.keys(data).sort(), ["access_token", "expires_in", "token_type"]);
    assert.equal(data.token_type, "Bearer");
    assert.equal(data.expires_in, 120);
    assert.equal(response.headers.get("cache-control"), "no-store");
    const [header, claims, signature] = data.access_token.split(".");
    assert.equal(crypto.createHmac("sha256", secret).update(`${header}.${claims}`).digest("base64url"), signature);
    const said = JSON.parse(Buffer.from(claims, "base64url"));
    assert.equal(said.exp - said.iat, 120);
    assert.deepEqual([said.tenant, said.roles], ["acme", ["sales"]]);
    const cookie = cookieOf(response);
    assert.equal(Buffer.from(cookie.value, "base64url").length, 32);
    assert.deepEqual(cookie.attributes, ["HttpOnly", "Max-Age=604800", "Path=/api/auth", "SameSite=Strict", "Secure"]);
    seen.push(data.access_token, cookie.value);

    const open = { authorization: `Bearer ${data.access_token}` };
    assert.equal(dataOf(await server.request("POST", "/api/crm/contacts", { name: "Ada", email: "a@example.org" }, open), 201).name, "Ada");
    assertError(await server.request("GET", "/api/crm/contacts"), 401, "UNAUTHENTICATED");
    const bob = dataOf(await login(server, { email: "bob@example.org", password }), 200);
    assertError(await server.request("GET", "/api/crm/contacts", undefined, { authorization: `Bearer ${bob.access_token}` }), 403, "FORBIDDEN");
  });

  test(of("nobody is told whether the account or the password is wrong"), async () => {
    const answers = [];
    for (const body of [{ email: "ada@example.org", password: other }, { email: "nobody@example.org", password }, { email: "", password: "" }, { email: "ada@example.org' --", password },
      { email: "ada@example.org\u0000", password }, { email: "ada@example.org", password: `${password}\u0000` }, { email: "ada@example.org", password: "x".repeat(1000) }]) {
      const response = await login(server, body);
      assertError(response, 401, "UNAUTHENTICATED");
      assert.equal(response.headers.get("set-cookie"), null);
      answers.push(response.json.error.message);
    }
    assert.equal(new Set(answers).size, 1, answers.join(" | "));
  });

  test(of("a refresh token is exchanged once; a copy ends all sessions of its user"), async () => {
    const first = cookieOf(await login(server)), elsewhere = cookieOf(await login(server)), bob = cookieOf(await login(server, { email: "bob@example.org", password }));
    const answer = await refresh(server, `theme=dark; ${first.pair}; refresh=1`);
    assert.equal(typeof dataOf(answer, 200).access_token, "string");
    const second = cookieOf(answer);
    assert.notEqual(second.value, first.value);
    // Clients without cookies give it in the body.
    const third = cookieOf(await server.request("POST", "/api/auth/refresh", { refresh_token: second.value }));
    const replayed = await refresh(server, first.pair);
    assertError(replayed, 401, "UNAUTHENTICATED");
    assert.ok(cookieOf(replayed).attributes.includes("Max-Age=0"));
    for (const cookie of [third, elsewhere]) assertError(await refresh(server, cookie.pair), 401, "UNAUTHENTICATED");
    assert.equal((await refresh(server, bob.pair)).status, 200);
    for (const bad of [undefined, "refresh_token=", "refresh_token=abc", `refresh_token=${"x".repeat(4000)}`, `${bob.pair}; ${bob.pair}`]) {
      assertError(await refresh(server, bad), 401, "UNAUTHENTICATED");
    }
    seen.push(first.value, second.value, third.value);
  });

  test(of("signing out ends the session, twice does no harm"), async () => {
    const cookie = cookieOf(await login(server));
    for (let i = 0; i < 2; ++i) {
      const response = await server.request("POST", "/api/auth/logout", undefined, { cookie: cookie.pair });
      assert.equal(response.status, 204);
      assert.ok(cookieOf(response).attributes.includes("Max-Age=0"));
    }
    assertError(await refresh(server, cookie.pair), 401, "UNAUTHENTICATED");
    assert.equal((await server.request("POST", "/api/auth/logout")).status, 204);
  });

  test(of("what is not a sign-in is refused, each in its own words"), async () => {
    assertError(await server.request("GET", "/api/auth/login"), 405, "METHOD_NOT_ALLOWED");
    assertError(await server.request("POST", "/api/auth/other"), 404, "NOT_FOUND");
    assertError(await login(server, "{"), 400, "INVALID_JSON");
    assertError(await login(server, "[1]"), 400, "INVALID_JSON");
    assertError(await login(server, "[".repeat(4000)), 400, "INVALID_JSON");
    assertError(await login(server, { email: "ada@example.org" }), 400, "BAD_REQUEST");
    assertError(await login(server, { email: ["ada@example.org"], password: 1 }), 400, "BAD_REQUEST");
    assertError(await login(server, { email: "a".repeat(5000), password }), 413, "PAYLOAD_TOO_LARGE");
    assertError(await server.request("POST", "/api/auth/login", "email=ada", { "content-type": "application/x-www-form-urlencoded" }), 415, "UNSUPPORTED_MEDIA_TYPE");
  });

  test(of("accounts outlive the server; what the administrator changes counts at once"), async () => {
    const before = cookieOf(await login(server));
    await server.stop();
    await server.launch();
    const after = await refresh(server, before.pair);
    assert.equal(after.status, 200);
    assert.equal((await user(server, ["disable", "ada@example.org"])).code, 0);
    assertError(await refresh(server, cookieOf(after).pair), 401, "UNAUTHENTICATED");
    assertError(await login(server), 401, "UNAUTHENTICATED");
    assert.equal((await user(server, ["enable", "ada@example.org"])).code, 0);
    assert.equal((await user(server, ["password", "ada@example.org"], other)).code, 0);
    assertError(await login(server), 401, "UNAUTHENTICATED");
    const again = dataOf(await login(server, { email: "ada@example.org", password: other }), 200);
    assert.equal((await user(server, ["roles", "ada@example.org"])).code, 0);
    const roles = JSON.parse(Buffer.from(again.access_token.split(".")[1], "base64url")).roles;
    assert.deepEqual(roles, ["sales"]);
    const without = dataOf(await login(server, { email: "ada@example.org", password: other }), 200);
    assertError(await server.request("GET", "/api/crm/contacts", undefined, { authorization: `Bearer ${without.access_token}` }), 403, "FORBIDDEN");
  });

  test(of("neither the database nor the log holds a password or a token"), async () => {
    const prefix = database === "sqlite" ? "ingot_" : "ingot.";
    const rows = JSON.stringify([await server.sql(`SELECT * FROM ${prefix}user_account`), await server.sql(`SELECT * FROM ${prefix}refresh_token`)]);
    assert.match(rows, /"password":"\$y\$/);
    assert.ok(seen.length >= 5);
    for (const word of [password, other, ...seen]) {
      assert.ok(!rows.includes(word) && !server.log.includes(word), "in clear");
    }
  });

  test(of("accounts are nobody's route"), async () => {
    for (const target of ["/api/ingot/user_account", "/api/auth", "/api/auth/"]) assertError(await server.request("GET", target), 404, "NOT_FOUND");
  });
}

test("too many attempts from one address have to wait", async () => {
  const server = await Server.start({ modules, ours, config: { master_key: secret, auth_rate_limit_per_minute: 3 } });
  for (let i = 0; i < 3; ++i) assertError(await login(server), 401, "UNAUTHENTICATED");
  const refused = await login(server);
  assertError(refused, 429, "TOO_MANY_REQUESTS");
  const seconds = Number(refused.headers.get("retry-after"));
  assert.ok(seconds >= 1 && seconds <= 20, `${seconds}`);  // three a minute: one every 20 s
  assert.equal((await server.request("GET", "/health")).status, 200);
  await server.stop();
});

test("without a key to sign with, nobody signs in and the answer says why; over plain HTTP the cookie is not for TLS alone", async () => {
  const closed = await Server.start({ modules });
  const refused = await login(closed);
  assertError(refused, 503, "UNAVAILABLE");
  assert.match(refused.json.error.message, /master_key/);
  await closed.stop();
  const plain = await Server.start({ modules, config: { master_key: secret, public_address: "http://erp.example" } });
  assert.equal((await user(plain, ["add", "ada@example.org"], password)).code, 0);
  assert.ok(!cookieOf(await login(plain)).attributes.includes("Secure"));
  await plain.stop();
  const wrong = await run(path.join(bin, "ingot"), ["user", "list", path.join(plain.folder, "none.json")]);
  assert.notEqual(wrong.code, 0);
  assert.match(wrong.stderr, /none\.json/);
});

await runAll();
