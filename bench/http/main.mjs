// SPDX-License-Identifier: Apache-2.0
//
// Requests a second through the server, beside nginx, Node and pgbench, taken in turns.
//
//   main.mjs WORK BIN REPORT.json [ROUNDS [SECONDS]]
//
// Servers are pinned to the first core and the client, wrk, to the second. What reads a row has its database on the servers' core too, and pgbench, which it is
// measured against, has the same: its client on the second core, the database on the first.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";

const [work, bin, reportFile, rounds_text = "5", seconds_text = "4"] = process.argv.slice(2);
const rounds = Number(rounds_text), seconds = Number(seconds_text), connections = 64;
const postgres = process.env.INGOT_TEST_PG_HOST ? { host: process.env.INGOT_TEST_PG_HOST, port: process.env.INGOT_TEST_PG_PORT, database: process.env.INGOT_TEST_PG_DB,
  user: process.env.INGOT_TEST_PG_USER, password: process.env.INGOT_TEST_PG_PASSWORD } : null;
const table_rows = 100_000, database_connections = 8;

const children = [];
process.on("exit", () => children.forEach((child) => child.kill("SIGTERM")));  // nginx takes its workers along
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A program on the servers' core. */
function start(program, args, options = {}) {
  const child = spawn("taskset", ["-c", "0", program, ...args], { stdio: ["ignore", "ignore", "pipe"], ...options });
  child.log = "";
  child.stderr.on("data", (data) => { child.log = (child.log + data).slice(-20_000); });
  children.push(child);
  return child;
}

const freePort = () => new Promise((resolve) => {
  const server = net.createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

const get = (url) => new Promise((resolve, reject) => http.get(url, (response) => {
  let text = "";
  response.on("data", (chunk) => { text += chunk; });
  response.on("end", () => resolve({ status: response.statusCode, text }));
}).on("error", reject));

async function waitFor(url) {
  for (let patience = 400; ; --patience) {
    try {
      const { status, text } = await get(url);
      if (status === 200) return text;
      throw new Error(`${url} answers ${status}: ${text}`);
    } catch (error) {
      if (patience === 0) throw error;
      await sleep(50);
    }
  }
}

/** Seconds of the processor that processes have used, each by its number, and their memory. */
const ticks_per_second = Number(execFileSync("getconf", ["CLK_TCK"]).toString());
function usage(pids) {
  const seconds = new Map();
  let resident = 0;
  for (const pid of pids) {
    let fields, status;
    try {
      fields = fs.readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
      status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
    } catch {
      continue;  // it has ended
    }
    seconds.set(pid, (Number(fields[11]) + Number(fields[12])) / ticks_per_second);
    resident += Number(status.match(/VmRSS:\s+(\d+)/)?.[1] ?? 0);
  }
  return { seconds, resident_kib: resident };
}
/** What they have used since then. Those of the database that served somebody else may have ended meanwhile: they did nothing in between. */
const secondsSince = (before, pids) => [...usage(pids).seconds].reduce((sum, [pid, seconds]) => sum + seconds - (before.get(pid) ?? 0), 0);
const childrenOf = (pid) => fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name)).filter((name) => {
  try {
    return Number(fs.readFileSync(`/proc/${name}/stat`, "utf8").replace(/^.*\) /s, "").split(" ")[1]) === pid;
  } catch {
    return false;
  }
}).map(Number);

/** wrk's own words as numbers. `script`: Lua. */
async function wrk(url, script) {
  const args = ["-c", "1", "wrk", "-t1", `-c${connections}`, `-d${seconds}s`, "--latency"];
  if (script) {
    fs.writeFileSync(path.join(work, "script.lua"), script);
    args.push("-s", path.join(work, "script.lua"));
  }
  const child = spawn("taskset", [...args, url], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (data) => { text += data; });
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`wrk ended with ${code}`);
  const time = (name) => {
    const [, value, unit] = text.match(new RegExp(`${name}\\s+([\\d.]+)(us|ms|s)`)) ?? [];
    return Number(value) * { us: 1e-3, ms: 1, s: 1e3 }[unit];
  };
  const failed = Number(text.match(/Non-2xx or 3xx responses: (\d+)/)?.[1] ?? 0) + (text.match(/Socket errors:.*/)?.[0].match(/\d+/g) ?? []).map(Number).reduce((sum, each) => sum + each, 0);
  return { rate: Number(text.match(/Requests\/sec:\s+([\d.]+)/)[1]), requests: Number(text.match(/(\d+) requests in/)[1]), p50_ms: time("50%"), p99_ms: time("99%"), failed };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const spread = (values) => `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)}`;

fs.mkdirSync(work, { recursive: true });

async function startNginx() {
  const port = await freePort(), folder = path.join(work, "nginx");
  fs.mkdirSync(folder, { recursive: true });
  // The body is as long as Ingot's, whose envelope holds an id and a time.
  const body = JSON.stringify({ data: "ok", meta: { request_id: "01a203c0-7ac6-7ed9-b10a-ae2ec043b066", timestamp: "2026-01-01T00:00:00.000Z" } });
  fs.writeFileSync(path.join(folder, "nginx.conf"), `worker_processes 1; daemon off; pid ${folder}/pid; error_log stderr error; user root;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 1000000000; client_body_temp_path ${folder}/t; proxy_temp_path ${folder}/t; fastcgi_temp_path ${folder}/t; uwsgi_temp_path ${folder}/t; scgi_temp_path ${folder}/t;
  server { listen 127.0.0.1:${port}; location / { default_type application/json; add_header x-request-id $request_id; return 200 '${body}'; } } }`);
  const child = start("nginx", ["-p", folder, "-c", path.join(folder, "nginx.conf"), "-e", "stderr"]);
  const url = `http://127.0.0.1:${port}/`;
  await waitFor(url);
  return { url, pids: () => [child.pid, ...childrenOf(child.pid)] };
}

async function startIngot(name, modules, config = {}) {
  const folder = path.join(work, name), port = await freePort();
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(path.join(folder, "modules"), { recursive: true });
  for (const module of modules) fs.cpSync(path.join(work, "cast", module), path.join(folder, "modules", module), { recursive: true });
  fs.writeFileSync(path.join(folder, "config.json"), JSON.stringify({ module_root: ["modules"], backend_port: port, max_connection: database_connections, ...config,
    ingot: { trusted_keys: [path.join(work, "bench.pub")], log: { requests: false } } }));
  const child = start(path.join(bin, "ingot"), ["serve", path.join(folder, "config.json")]);
  child.on("exit", (code) => { if (code) process.stderr.write(child.log); });
  const url = `http://127.0.0.1:${port}`;
  await waitFor(`${url}/health`);
  return { url, pids: () => [child.pid] };
}

/** Node with a module's wasm. `ready`: what answers once it serves. */
async function startNode(program, module, ready, args = [], env = process.env) {
  const port = await freePort();
  const child = start(process.execPath, [path.join(import.meta.dirname, program), path.join(work, "cast", module, `${module}.wasm`), String(port), ...args], { cwd: work, env });
  child.on("exit", (code) => { if (code) process.stderr.write(child.log); });
  const url = `http://127.0.0.1:${port}`;
  await waitFor(url + ready);
  return { url, pids: () => [child.pid] };
}

const report = { command: "scripts/bench http", machine: { cpu: os.cpus()[0].model, cores: os.cpus().length, kernel: os.release(), load_before: os.loadavg()[0] }, rounds, seconds, connections, rows: [] };

/** Takes the candidates in turns; each is {name, measure: () => {rate, ...}}. */
async function compare(title, candidates) {
  const samples = new Map(candidates.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; ++round) {
    for (const { name, measure } of candidates) samples.get(name).push(await measure());
  }
  console.log(`\n${title}`);
  console.log(`${"".padEnd(44)}${"requests/s".padStart(12)}${"spread".padStart(20)}${"CPU us each".padStart(14)}${"p99 ms".padStart(9)}${"of the first".padStart(14)}`);
  const first = median(samples.get(candidates[0].name).map(({ rate }) => rate));
  for (const [name, all] of samples) {
    const row = { group: title, name, rate: median(all.map(({ rate }) => rate)), rates: all.map(({ rate }) => Math.round(rate)), cpu_us: median(all.map(({ cpu_us }) => cpu_us ?? NaN)),
      p50_ms: median(all.map(({ p50_ms }) => p50_ms ?? NaN)), p99_ms: median(all.map(({ p99_ms }) => p99_ms ?? NaN)), failed: all.reduce((sum, { failed = 0 }) => sum + failed, 0) };
    row.of_first = row.rate / first;
    report.rows.push(row);
    console.log(`${name.padEnd(44)}${row.rate.toFixed(0).padStart(12)}${spread(row.rates).padStart(20)}${row.cpu_us.toFixed(1).padStart(14)}${row.p99_ms.toFixed(2).padStart(9)}${`${(100 * row.of_first).toFixed(1)} %`.padStart(14)}${row.failed ? `  ${row.failed} FAILED` : ""}`);
  }
  return samples;
}

const measured = (server, route, script) => async () => {
  const before = usage(server.pids()).seconds;
  const result = await wrk(server.url + route, script);
  return { ...result, cpu_us: (1e6 * secondsSince(before, server.pids())) / result.requests };
};

// ---- a handler that does nothing ----

const nginx = await startNginx(), noop = await startIngot("noop", ["noop"]), node = await startNode("node_server.mjs", "noop", "/");
await waitFor(`${noop.url}/api/noop/noop`);
await wrk(`${noop.url}/api/noop/noop`);  // warm
const resident_before = usage(noop.pids()).resident_kib;
const nothing = await compare(`a handler that does nothing, ${connections} connections`, [
  { name: "nginx, return 200", measure: measured(nginx, "") },
  { name: "ingot, no-op guest", measure: measured(noop, "/api/noop/noop") },
  { name: "Node, the same guest in its engine", measure: measured(node, "") },
]);
// Half of what it can: each connection waits between its requests.
const full = median(nothing.get("ingot, no-op guest").map(({ rate }) => rate));
const pause_ms = Math.max(1, Math.round((connections / (full / 2)) * 1000));
await compare("at about half of that", [{ name: "ingot, no-op guest", measure: measured(noop, "/api/noop/noop", `function delay() return ${pause_ms} end`) }]);
report.memory = { before_kib: resident_before, after_kib: usage(noop.pids()).resident_kib };
console.log(`\nmemory of the server: ${(report.memory.before_kib / 1024).toFixed(1)} MiB before, ${(report.memory.after_kib / 1024).toFixed(1)} MiB after`);

// ---- a handler that reads one row ----

if (postgres) {
  const environment = { ...process.env, PGPASSWORD: postgres.password };
  const tool = (name) => fs.readdirSync("/usr/lib/postgresql").map((version) => `/usr/lib/postgresql/${version}/bin/${name}`).find((file) => fs.existsSync(file)) ?? name;
  const place = ["-h", postgres.host, "-p", postgres.port, "-U", postgres.user];
  const psql = (database, sql) => execFileSync(tool("psql"), [...place, "-d", database, "-qAtX", "-c", sql], { env: environment }).toString().trim();
  const database = "ingot_bench_http";
  psql(postgres.database, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  psql(postgres.database, `CREATE DATABASE ${database}`);
  execFileSync(tool("pgbench"), [...place, "-i", "-q", "-s", String(table_rows / 100_000), database], { env: environment, stdio: "ignore" });
  const row = await startIngot("row", ["row"], { container_pool: database_connections, db_host: postgres.host, db_port: Number(postgres.port), db_name: database, db_user: postgres.user, db_password: postgres.password });
  psql(database, `INSERT INTO "row".account_row (number, balance, filler) SELECT n, 0, '' FROM generate_series(1, ${table_rows}) AS n`);
  for (const table of ['"row".account_row', "pgbench_accounts"]) psql(database, `VACUUM ANALYZE ${table}`);
  await waitFor(`${row.url}/api/row/rows/7`);
  // The database, all of its processes, on the servers' core.
  const backend = psql(database, "SELECT min(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()");  // one of Ingot's
  const postmaster = Number(fs.readFileSync(`/proc/${backend}/stat`, "utf8").replace(/^.*\) /s, "").split(" ")[1]);
  const pin = () => { for (const pid of [postmaster, ...childrenOf(postmaster)]) spawnSync("taskset", ["-cp", "0", String(pid)]); };  // one may have ended meanwhile
  pin();
  const databasePids = () => [postmaster, ...childrenOf(postmaster)];
  const pgbench = async () => {
    const child = spawn("taskset", ["-c", "1", tool("pgbench"), ...place, "-S", "-n", "-M", "prepared", "-c", String(database_connections), "-j", "1", "-T", String(seconds), database],
      { env: environment, stdio: ["ignore", "pipe", "ignore"] });
    let text = "";
    child.stdout.on("data", (data) => { text += data; });
    await new Promise((resolve) => child.on("close", resolve));
    return { rate: Number(text.match(/tps = ([\d.]+)/)[1]) };
  };
  const script = `math.randomseed(1); function request() return wrk.format("GET", "/api/row/rows/" .. math.random(1, ${table_rows})) end`;
  const nodeRow = await startNode("node_row_server.mjs", "row", "/api/row/rows/7", [String(database_connections)],
    { ...environment, PGHOST: postgres.host, PGPORT: postgres.port, PGUSER: postgres.user, PGDATABASE: database });
  const rowMeasured = (server) => async () => {
    const pids = [...server.pids(), ...databasePids()], before = usage(pids).seconds;
    const result = await wrk(server.url, script);
    return { ...result, cpu_us: (1e6 * secondsSince(before, pids)) / result.requests };
  };
  for (const server of [row, nodeRow]) await rowMeasured(server)();  // warm, and all connections are made
  pin();
  await compare(`one row by its key, ${database_connections} connections of the database, which shares the server's core`, [{ name: "pgbench -S -M prepared", measure: pgbench }, { name: "ingot, guest that queries", measure: rowMeasured(row) },
    { name: "Node, the same guest in its engine, pg", measure: rowMeasured(nodeRow) }]);
  // p99 where the server has time to spare.
  const rowFull = median(report.rows.findLast(({ name }) => name === "ingot, guest that queries").rates), rowPause = Math.max(1, Math.round((connections / (rowFull / 2)) * 1000));
  const halfScript = `function delay() return ${rowPause} end ${script}`;
  await compare("at about half of that", [{ name: "ingot, guest that queries", measure: measured(row, "", halfScript) }]);
} else {
  console.log("\nno PostgreSQL was named (INGOT_TEST_PG_*): nothing is read from a database");
}

fs.writeFileSync(reportFile, JSON.stringify(report, null, 1) + "\n");
process.exit(0);
