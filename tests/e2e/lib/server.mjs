// SPDX-License-Identifier: Apache-2.0
// Starting and stopping a real `ingot serve` for a test: fresh folder, free port, SQLite or PostgreSQL.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

export const bin = process.env.INGOT_BIN ?? fail("INGOT_BIN is not set (the folder with ingot and ingotc)");
export const cast = process.env.INGOT_CAST ?? fail("INGOT_CAST is not set (the folder with cast modules; tests/e2e/prepare makes it)");

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
  return fs.mkdtempSync(path.join(os.tmpdir(), "ingot-e2e-"));
}

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

export class Server {
  /**
   * modules: names under INGOT_CAST/good or INGOT_CAST/testing; or {name: folder} for a module from elsewhere.
   * database: "sqlite" or "postgresql". ours: keys of the "ingot" object. config: other keys.
   */
  static async prepare({ modules, database = "sqlite", ours = {}, config = {} }) {
    const server = new Server();
    server.folder = temporaryFolder();
    const root = path.join(server.folder, "modules");
    fs.mkdirSync(root);
    for (const module of modules) {
      const source = [path.join(cast, "good", module), path.join(cast, "testing", module)].find((folder) => fs.existsSync(folder));
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
    this.child = spawn(path.join(bin, "ingot"), ["serve", this.configPath], { stdio: ["ignore", "ignore", "pipe"] });
    this.exited = new Promise((resolve) => this.child.on("close", (code, signal) => resolve({ code, signal })));
    const port = await new Promise((resolve, reject) => {
      this.child.stderr.on("data", (data) => {
        this.log += data;
        const found = this.log.match(/ info serving .*port=(\d+)/);
        if (found) resolve(Number(found[1]));
      });
      this.exited.then(({ code, signal }) => reject(new Error(`the server ended (${code ?? signal}):\n${this.log}`)));
    });
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Sends a request; gives {status, headers, json}. */
  async request(method, target, body, headers = {}) {
    const response = await fetch(this.url + target, {
      method,
      headers: body === undefined ? headers : { "content-type": "application/json", ...headers },
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
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

  /** SIGTERM and wait; the exit code must be 0. */
  async stop() {
    if (!this.child || this.child.exitCode !== null) return;
    this.child.kill("SIGTERM");
    const { code, signal } = await this.exited;
    if (code !== 0) throw new Error(`the server ended with ${code ?? signal}:\n${this.log}`);
  }

  async kill() {
    this.child.kill("SIGKILL");
    await this.exited;
  }

  remove() {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
