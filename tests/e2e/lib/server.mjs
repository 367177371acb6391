// SPDX-License-Identifier: Apache-2.0
// Starting and stopping a real `ingot serve` for a test: fresh folder, free port, SQLite or PostgreSQL.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const bin = process.env.INGOT_BIN ?? fail("INGOT_BIN is not set (the folder with ingot and ingotc)");
export const cast = process.env.INGOT_CAST ?? fail("INGOT_CAST is not set (the folder with cast modules; tests/e2e/prepare makes it)");

// What a test casts is compiled, whatever somebody has built before; e2e/cache.mjs has folders of its own.
process.env.INGOT_CACHE_MAX_BYTES ??= "0";

/** What scripts/build-modules has made of modules/testing: {module.json, NAME.wasm} for every guest. */
export const guestSources = path.resolve(process.env.INGOT_BUILD_DIR ?? fileURLToPath(new URL("../../../build", import.meta.url)), "modules-testing");

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** The databases that this run can use: SQLite always, PostgreSQL when its environment is there. */
export function databases() {
  if (process.env.INGOT_TEST_PG_PORT) return ["sqlite", "postgresql"];
  console.log("SKIPPED: postgresql (INGOT_TEST_PG_PORT is not set; scripts/test starts one)");
  return ["sqlite"];
}

export function temporaryFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "ingot-e2e-"));
  folders.add(folder);
  return folder;
}

/** What must not outlive this process, however it ends: servers and temporary folders. */
const children = new Set(), folders = new Set();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});
for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]]) process.on(signal, () => process.exit(code));

let databaseCount = 0;
/** Creates an empty PostgreSQL database for one test and returns the configuration keys that lead to it. */
export async function freshPostgres() {
  const name = `t${process.pid}_${++databaseCount}`;
  await psql(process.env.INGOT_TEST_PG_DB, `CREATE DATABASE ${name}`);
  return {
    db_host: process.env.INGOT_TEST_PG_HOST, db_port: Number(process.env.INGOT_TEST_PG_PORT), db_name: name,
    db_user: process.env.INGOT_TEST_PG_USER, db_password: process.env.INGOT_TEST_PG_PASSWORD,
  };
}

export function psql(database, sql) {
  return run("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql], {
    env: { ...process.env, PGHOST: process.env.INGOT_TEST_PG_HOST, PGPORT: process.env.INGOT_TEST_PG_PORT, PGUSER: process.env.INGOT_TEST_PG_USER,
           PGPASSWORD: process.env.INGOT_TEST_PG_PASSWORD },
  }).then((result) => {
    if (result.code !== 0) throw new Error(`psql: ${result.stderr}`);
    return result.stdout.trim();
  });
}

/** Runs a program to its end. */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    let stdout = "", stderr = "";
    child.stdout.on("data", (data) => (stdout += data));
    child.stderr.on("data", (data) => (stderr += data));
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** After this, a server that does not start or answer has failed; far beyond what a slow machine needs. */
const patience_ms = 60_000;

export class Server {
  /**
   * modules: names under INGOT_CAST/good, INGOT_CAST/go or INGOT_CAST/testing; or {name: folder} for a module from elsewhere.
   * database: "sqlite" or "postgresql". ours: keys of the "ingot" object. config: other keys.
   */
  static async prepare({ modules, database = "sqlite", ours = {}, config = {} }) {
    const server = new Server();
    server.folder = temporaryFolder();
    const root = path.join(server.folder, "modules");
    fs.mkdirSync(root);
    for (const module of modules) {
      const source = ["good", "go", "testing"].map((kind) => path.join(cast, kind, module)).find((folder) => fs.existsSync(folder));
      if (!source) throw new Error(`no cast module ${module}`);
      fs.cpSync(source, path.join(root, module), { recursive: true });
    }
    server.config = {
      module_root: [root], backend_port: 0, ...config,
      ...(database === "postgresql" ? await freshPostgres() : {}),
      ingot: { sqlite_path: "ingot.db", trusted_keys: [path.join(cast, "test.pub")], ...ours },
    };
    server.configPath = path.join(server.folder, "eerp-config.json");
    server.writeConfig();
    return server;
  }

  static async start(options) {
    const server = await Server.prepare(options);
    await server.launch();
    return server;
  }

  writeConfig() {
    fs.writeFileSync(this.configPath, JSON.stringify(this.config));
  }

  moduleFolder(name) {
    return path.join(this.folder, "modules", name);
  }

  async launch() {
    this.log = "";
    this.killed = false;
    const child = spawn(path.join(bin, "ingot"), ["serve", this.configPath, ...(this.flags ?? [])], { stdio: ["ignore", "ignore", "pipe"] });
    this.child = child;
    children.add(child);
    this.exited = new Promise((resolve) => child.on("close", (code, signal) => {
      children.delete(child);
      resolve({ code, signal });
    }));
    const port = await new Promise((resolve, reject) => {
      let serving = false;
      const patience = setTimeout(() => {
        child.kill("SIGKILL");
        reject(new Error(`the server did not open its port within ${patience_ms / 1000} s:\n${this.log}`));
      }, patience_ms);
      child.stderr.on("data", (data) => {
        this.log += data;
        const found = serving ? null : this.log.match(/ info serving .*port=(\d+)|"message":"serving".*"port":"(\d+)"/);
        if (!found) return;
        serving = true;
        clearTimeout(patience);
        resolve(Number(found[1] ?? found[2]));
      });
      this.exited.then(({ code, signal }) => {
        clearTimeout(patience);
        reject(new Error(`the server ended (${code ?? signal}):\n${this.log}`));
      });
    });
    this.url = `http://127.0.0.1:${port}`;
  }

  get running() {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Sends a request; gives {status, headers, text, json}. */
  async request(method, target, body, headers = {}) {
    const response = await fetch(this.url + target, {
      method,
      headers: body === undefined ? headers : { "content-type": "application/json", ...headers },
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(patience_ms),
    });
    const text = await response.text();
    let json;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    return { status: response.status, headers: response.headers, text, json };
  }

  /** SIGTERM and wait; the exit code must be 0, also of a server that has ended by itself. One that was killed here is left alone. */
  async stop() {
    if (!this.child || this.killed) return;
    if (this.running) this.child.kill("SIGTERM");
    const { code, signal } = await this.exited;
    if (code !== 0) throw new Error(`the server ended with ${code ?? signal}:\n${this.log}`);
  }

  async kill() {
    this.killed = true;
    this.child.kill("SIGKILL");
    await this.exited;
  }

  async remove() {
    fs.rmSync(this.folder, { recursive: true, force: true });
    folders.delete(this.folder);
    if (!this.config.db_name) return;
    // Connections of a server that was killed may linger for a moment: hence the force. Autovacuum may be there too, which only a superuser may end: it goes by itself.
    for (let patience = 100; ; --patience) {
      try {
        return await psql(process.env.INGOT_TEST_PG_DB, `DROP DATABASE IF EXISTS ${this.config.db_name} WITH (FORCE)`);
      } catch (error) {
        if (patience === 0 || !/pg_signal_backend/.test(error.message)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  /** The rows of a statement as objects, read past the server: what the database itself says. */
  async sql(statement) {
    if (this.config.db_name) {
      return JSON.parse(await psql(this.config.db_name, `SELECT coalesce(json_agg(row_to_json(found)), '[]') FROM (${statement}) found`));
    }
    return JSON.parse(await this.#sqlite(
      "found = database.execute(sys.argv[2])\n" +
      "print(json.dumps([dict(zip([column[0] for column in found.description], row)) for row in found]))", statement));
  }

  /** Runs statements past the server. */
  async execute(statements) {
    const script = statements.map((statement) => `${statement};`).join("\n");
    if (this.config.db_name) await psql(this.config.db_name, script);
    else await this.#sqlite("database.executescript(sys.argv[2])", script);
  }

  // Python's standard library has SQLite; Node's, before version 22, has not.
  async #sqlite(script, argument) {
    const { code, stdout, stderr } = await run("python3", ["-c",
      `import json, sqlite3, sys\ndatabase = sqlite3.connect(sys.argv[1], timeout=10)\n${script}`,
      path.join(this.folder, this.config.ingot.sqlite_path), argument]);
    if (code !== 0) throw new Error(`sqlite: ${stderr}`);
    return stdout;
  }

  /** Every table, column and index in the database that a migration made, as sorted lines "table t", "column t.c", "index i". */
  async catalog() {
    const rows = await this.sql(this.config.db_name ? postgresCatalog : sqliteCatalog);
    return rows.map((row) => row.line).sort();
  }

  /** The versions that the host's history holds, as sorted lines "module version"; none where there is no history yet. */
  async history() {
    const postgres = Boolean(this.config.db_name);
    const table = postgres ? "ingot.module_migrations" : "ingot_module_migrations";
    const found = await this.sql(postgres ? `SELECT 1 WHERE to_regclass('${table}') IS NOT NULL` : `SELECT 1 FROM sqlite_schema WHERE name = '${table}'`);
    if (found.length === 0) return [];
    return (await this.sql(`SELECT module_name, version FROM ${table}`)).map((row) => `${row.module_name} ${row.version}`).sort();
  }
}

const sqliteCatalog = `
  SELECT type || ' ' || name AS line FROM sqlite_schema WHERE type IN ('table', 'index') AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'ingot%'
  UNION ALL SELECT 'column ' || t.name || '.' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE 'ingot%'`;
const postgresCatalog = `
  SELECT CASE c.relkind WHEN 'i' THEN 'index ' ELSE 'table ' END || c.relname AS line FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'i') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'ingot')
  UNION ALL SELECT 'column ' || table_name || '.' || column_name FROM information_schema.columns
    WHERE table_schema NOT LIKE 'pg\\_%' AND table_schema NOT IN ('information_schema', 'ingot')`;

/**
 * Runs `body` with a served configuration; `beforeLaunch` may change its folder first. Everything is stopped and removed after it; a
 * server that does not end well fails the case.
 */
export async function withServer(options, body, beforeLaunch = () => {}) {
  const server = await Server.prepare(options);
  try {
    await beforeLaunch(server);
    await server.launch();
    await body(server);
    await server.stop();
  } catch (error) {
    if (error instanceof Error) error.stack += `\nthe server's last words:\n${(server.log ?? "").split("\n").slice(-12).join("\n")}`;
    throw error;
  } finally {
    if (server.running) await server.kill();
    await server.remove();
  }
}

/** Waits; for tests that look at what time does. */
export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
