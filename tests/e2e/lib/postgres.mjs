// SPDX-License-Identifier: Apache-2.0
// PostgreSQL servers of a test's own, which it may stop, kill and promote: scripts/postgres in a private folder.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./server.mjs";

const script = fileURLToPath(new URL("../../../scripts/postgres", import.meta.url));

/** What must not outlive this process, however it ends. */
const servers = new Set();
process.on("exit", () => {
  for (const server of servers) {
    spawnSync(script, ["stop", server.folder], { stdio: "ignore" });
    fs.rmSync(server.folder, { recursive: true, force: true });
  }
});

export class PostgresServer {
  constructor() {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), "ingot-e2e-pg-"));
    fs.chmodSync(this.folder, 0o755);  // the server's user passes through; what is inside has rights of its own
    servers.add(this);
  }

  static async start() {
    const server = new PostgresServer();
    await server.start();
    return server;
  }

  async start() {
    await this.#script("start");
    await this.#readEnvironment();
  }
  stop() {
    return this.#script("stop");
  }
  /** mode: "fast" or "immediate". The port stays. */
  restart(mode) {
    return this.#script("restart", mode);
  }
  crash() {
    return this.#script("crash");
  }
  promote() {
    return this.#script("promote");
  }
  /** A standby of this server, which from then on acknowledges no commit that the standby does not have. */
  async standby() {
    const standby = new PostgresServer();
    await standby.#script("standby", this.folder);
    await standby.#readEnvironment();
    return standby;
  }

  /** Leads what lib/server.mjs does with "postgresql" to this server. */
  use() {
    Object.assign(process.env, this.environment);
  }
  get port() {
    return Number(this.environment.INGOT_TEST_PG_PORT);
  }

  async remove() {
    await this.stop();
    servers.delete(this);
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  async #script(verb, ...words) {
    const { code, stdout, stderr } = await run(script, [verb, this.folder, ...words]);
    if (code !== 0) throw new Error(`scripts/postgres ${verb}: ${stderr}`);
    return stdout;
  }
  async #readEnvironment() {
    const lines = (await this.#script("env")).split("\n").map((line) => line.match(/^export (INGOT_TEST_PG_\w+)=(.*)$/)).filter(Boolean);
    this.environment = Object.fromEntries(lines.map(([, key, value]) => [key, value]));
  }
}
