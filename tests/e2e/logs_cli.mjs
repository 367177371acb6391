// SPDX-License-Identifier: Apache-2.0
// `ingot logs`: the lines that the server has, new ones as they come, a server that is started anew, and honest errors; nothing that a server says can write control characters to a terminal.
import { spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { assert, dataOf, runAll, test } from "./lib/check.mjs";
import { Server, bin, run, sleep, temporaryFolder } from "./lib/server.mjs";

const ingot = path.join(bin, "ingot");
const folder = temporaryFolder();
const server = await Server.start({
  modules: ["core", "trap"], config: { master_key: "0123456789abcdef0123456789abcdef" },
  ours: { anonymous_permissions: ["trap:*:*"], identity: { roles: { watcher: ["ingot:admin:read"], sales: ["trap:*:*"] } } },
});
const tokenOf = async (role) => {
  const { code, stdout, stderr } = await run(ingot, ["token", server.configPath, "--subject", "ann", "--role", role]);
  assert.equal(code, 0, stderr);
  return stdout.trim();
};
const watcher = await tokenOf("watcher"), sales = await tokenOf("sales");
const token_file = path.join(folder, "token");
fs.writeFileSync(token_file, `${watcher}\n`);
const environment = { ...process.env };
delete environment.INGOT_TOKEN;
const logs = (args, env = {}) => run(ingot, ["logs", ...args], { env: { ...environment, ...env } });

test("what it prints are the server's lines, as text and as JSON", async () => {
  await server.request("GET", "/api/trap/divide", undefined, { "x-request-id": "divide-1" });
  const { lines } = dataOf(await server.request("GET", "/api/modules/trap/logs", undefined, { authorization: `Bearer ${watcher}` }));
  const asJson = await logs(["trap", "--url", server.url, "--token-file", token_file, "--json"]);
  assert.equal(asJson.code, 0, asJson.stderr);
  assert.deepEqual(asJson.stdout.trim().split("\n").map((line) => JSON.parse(line)), lines);
  const errors = await logs(["trap", "--url", `${server.url}/`, "--level", "error", "-n", "1"], { INGOT_TOKEN: watcher });
  const [trapped] = lines.filter(({ level }) => level === "error").slice(-1);
  assert.equal(errors.stdout.split("\n")[0], `${trapped.time} error ${trapped.message} reason=${trapped.reason} request_id=divide-1`);
  assert.equal(errors.stdout.trim().split("\n").length, 1 + (trapped.backtrace?.split("\n").length ?? 0));
});

test("what cannot be had is said, with the exit code for it, and no token is repeated", async () => {
  const words = async (pattern, code, args, env) => {
    const result = await logs(args, env);
    assert.match(result.stderr, pattern);
    assert.equal(result.code, code, result.stderr);
    assert.equal(result.stdout, "");
    for (const token of [watcher, sales]) assert.ok(!result.stderr.includes(token));
  };
  const url = ["--url", server.url];
  await words(/--token-file FILE or INGOT_TOKEN/, 1, ["trap", ...url]);
  await words(/does not grant ingot:admin:read/, 1, ["trap", ...url], { INGOT_TOKEN: sales });
  await words(/module nothing: /, 1, ["nothing", ...url], { INGOT_TOKEN: watcher });
  await words(/INGOT_TOKEN holds no token/, 2, ["trap", ...url], { INGOT_TOKEN: "a\r\nx: y" });
  await words(/cannot read the token/, 1, ["trap", ...url, "--token-file", path.join(folder, "none")]);
  await words(/neither http nor https/, 2, ["trap", "--url", "file:///etc/passwd"]);
  await words(/has a user/, 2, ["trap", "--url", "http://ann:secret@127.0.0.1:1"]);
  await words(/no answer from http:\/\/127\.0\.0\.1:1: /, 1, ["trap", "--url", "http://127.0.0.1:1"]);
  await words(/--lines/, 2, ["trap", ...url, "-n", "0"]);
  await words(/--url/, 2, ["trap"]);
});

/** `ingot logs --follow`; `said(pattern)` waits for it on standard output or error. */
function follow(url) {
  const child = spawn(ingot, ["logs", "trap", "--follow", "--url", url, "--token-file", token_file], { env: environment });
  const one = { child, stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].on("data", (data) => (one[name] += data));
  one.ended = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
  one.said = async (name, pattern) => {
    for (let patience = 600; !pattern.test(one[name]); --patience) {
      assert.ok(patience > 0 && child.exitCode === null, `${pattern} is not in ${name}: ${one.stdout}${one.stderr}`);
      await sleep(50);
    }
  };
  return one;
}

test("--follow shows what comes once, lives through a restart, and ends well with Ctrl-C", async () => {
  const divide = (id) => server.request("GET", "/api/trap/divide", undefined, { "x-request-id": id });
  const one = follow(server.url);
  await one.said("stdout", /module loaded/);
  await divide("while-1");
  await one.said("stdout", /request_id=while-1/);
  const port = Number(new URL(server.url).port);
  await server.stop();
  await one.said("stderr", /asking again/);
  server.config.backend_port = port;
  server.writeConfig();
  await server.launch();
  await divide("after-1");
  await one.said("stdout", /request_id=after-1/);
  assert.match(one.stderr, /the server was started anew/);
  one.child.kill("SIGINT");
  assert.deepEqual(await one.ended, { code: 0, signal: null });
  assert.equal(one.stdout.match(/request_id=while-1/g).length, 1);
  assert.equal(one.stdout.match(/request_id=after-1/g).length, 1);
});

test("a server that is none, or means harm, is believed nothing", async () => {
  let answer;
  const seen = [];
  const fake = http.createServer((request, response) => (seen.push(request.headers.authorization), answer(request, response)));
  await new Promise((resolve) => fake.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${fake.address().port}`;
  const asked = async (status, body, headers = {}) => {
    answer = (request, response) => response.writeHead(status, headers).end(body);
    return logs(["trap", "--url", url], { INGOT_TOKEN: watcher });
  };
  for (const body of ["", "<html>", "[]", "{}", '{"data":{}}', '{"data":{"lines":[1],"next":1,"lost":0}}', '{"data":{"lines":[],"next":-1,"lost":0}}']) {
    const result = await asked(200, body);
    assert.match(result.stderr, /is no Ingot/, body);
    assert.equal(result.code, 1);
  }
  const hostile = await asked(200, JSON.stringify({ data: { lines: [{ number: 1, time: "t", level: "info", message: "\u001b[2Jgone\u009b31m\r\nü" }], next: 1, lost: 0 } }));
  assert.equal(hostile.stdout, "t info \\x1b[2Jgone\\x9b31m\\x0d\\x0aü\n");
  // A token is for the server that was named.
  seen.length = 0;
  assert.equal((await asked(302, "", { location: `${url}/elsewhere` })).code, 1);
  assert.deepEqual(seen, [`Bearer ${watcher}`]);
  answer = (request, response) => {
    const piece = Buffer.alloc(1 << 20, "x");
    response.writeHead(200);
    const more = () => { while (!response.destroyed && response.write(piece)); };
    response.on("drain", more).on("error", () => {});
    more();
  };
  const endless = await logs(["trap", "--url", url]);
  assert.match(endless.stderr, /more than 32 MiB/);
  assert.equal(endless.code, 8);
  fake.closeAllConnections();
  fake.close();
});

await runAll();
