// SPDX-License-Identifier: Apache-2.0
// What an operator has: a service manager that is told, a doctor, and a process that never needs memory it can write and execute.
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { assert, runAll, test } from "./lib/check.mjs";
import { Server, bin, databases, run, temporaryFolder } from "./lib/server.mjs";

const modules = ["core", "crm"];
const ingot = path.join(bin, "ingot");
const doctor = async (server, options = {}) => {
  const { code, stdout, stderr } = await run(ingot, ["doctor", "--json", server.configPath], options);
  return { code, ...JSON.parse(stdout || `{"stderr":${JSON.stringify(stderr)}}`) };
};
const found = (report, about) => report.findings.filter((finding) => finding.about === about);

test("a service manager hears when it serves, reloads and stops", async () => {
  const server = await Server.prepare({ modules });
  const socket = path.join(server.folder, "notify"), heard = path.join(server.folder, "heard");
  // Python binds the socket, and writes down what comes, a datagram a line.
  const listener = spawn("python3", ["-u", "-c", `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); print("bound")
while True:
    print(repr(s.recv(4096).decode()), file=open(sys.argv[2], "a"))
`, socket, heard], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await new Promise((resolve) => listener.stdout.once("data", resolve));
    process.env.NOTIFY_SOCKET = socket;
    await server.launch();
    const until = async (pattern) => {
      for (let i = 0; i < 400; ++i) {
        const lines = fs.existsSync(heard) ? fs.readFileSync(heard, "utf8") : "";
        if (pattern.test(lines)) return lines;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      throw new Error(`heard: ${fs.existsSync(heard) && fs.readFileSync(heard, "utf8")}`);
    };
    await until(/^'READY=1'\n$/);
    server.child.kill("SIGHUP");
    await until(/^'READY=1'\n'RELOADING=1\\nMONOTONIC_USEC=\d+'\n'READY=1'\n$/);
    await server.stop();
    await until(/'STOPPING=1'\n$/);
  } finally {
    delete process.env.NOTIFY_SOCKET;
    listener.kill("SIGKILL");
  }
});

test("a notify socket that is nobody's harms nothing", async () => {
  for (const value of ["", "relative", "/nowhere/at/all", `/${"x".repeat(200)}`, "@"]) {
    process.env.NOTIFY_SOCKET = value;
    try {
      const server = await Server.start({ modules: ["core"] });
      await server.stop();
    } finally {
      delete process.env.NOTIFY_SOCKET;
    }
  }
});

test("it serves where no memory may be written and executed", async () => {
  // As MemoryDenyWriteExecute= of scripts/systemd/ingot.service does it on new kernels: PR_SET_MDWE (65), PR_MDWE_REFUSE_EXEC_GAIN (1).
  const denied = "import ctypes, os, sys\nif ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) != 0: sys.exit(77)\nos.execv(sys.argv[1], sys.argv[1:])";
  const known = await run("python3", ["-c", denied, "/bin/true"]);
  if (known.code === 77) return console.log("SKIPPED: this kernel has no PR_SET_MDWE");
  // The restriction is real: Python itself then gets no such memory.
  const refused = await run("python3", ["-c", denied, "/usr/bin/python3", "-c", "import mmap; mmap.mmap(-1, 4096, prot=7)"]);
  assert.notEqual(refused.code, 0);
  const server = await Server.prepare({ modules });
  const child = spawn("python3", ["-c", denied, ingot, "serve", server.configPath], { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.on("data", (data) => (log += data));
  try {
    for (let i = 0; i < 800 && !/ serving .*port=\d+/.test(log); ++i) await new Promise((resolve) => setTimeout(resolve, 25));
    const port = log.match(/ serving .*port=(\d+)/)?.[1];
    const list = (await (await fetch(`http://127.0.0.1:${port}/api/modules`)).json()).data;
    assert.deepEqual(list.map(({ state }) => state), ["active", "active"], log);
  } finally {
    child.kill("SIGKILL");
  }
});

for (const database of databases()) {
  test(`${database}: the doctor finds nothing where nothing is wrong, served or not, and changes nothing`, async () => {
    const server = await Server.prepare({ modules, database, config: { master_key: "0123456789abcdef0123456789abcdef" } });
    fs.chmodSync(server.configPath, 0o600);
    const before = await doctor(server);
    assert.equal(before.code, 0, JSON.stringify(before.findings));
    assert.match(found(before, "module crm")[0].what, /migrations 1.* will be applied/);
    if (database === "sqlite") assert.ok(!fs.existsSync(path.join(server.folder, "ingot.db")));
    else assert.deepEqual(await server.history(), []);
    await server.launch();
    const after = await doctor(server);
    assert.equal(after.code, 0);
    assert.ok(!JSON.stringify(found(after, "module crm")).includes("migrations"));
    const { version, routes } = (await server.request("GET", "/api/modules/crm")).json.data;
    await server.stop();
    const said = await run(ingot, ["doctor", server.configPath]);
    assert.match(said.stdout, new RegExp(`ok +module crm +${version}, ${routes.length} routes\n`));
    assert.match(said.stdout, / 0 failures, \d+ warnings\n$/);
  });
}

test("the doctor names what is wrong, and what to do", async () => {
  const server = await Server.prepare({ modules: [...modules, "counter"], config: { master_key: "short" }, ours: { allow_unsigned: true } });
  fs.chmodSync(server.configPath, 0o644);
  const bundle = path.join(server.moduleFolder("crm"), "crm.ingot"), bytes = fs.readFileSync(bundle);
  bytes[5000] ^= 1;
  fs.writeFileSync(bundle, bytes);
  const report = await doctor(server);
  assert.equal(report.code, 1);
  assert.equal(report.healthy, false);
  const said = (about, health, pattern) => assert.ok(found(report, about).some((finding) => finding.health === health && pattern.test(finding.what) && finding.next_step !== ""), `${about}: ${JSON.stringify(report.findings)}`);
  said("module crm", "failure", /./);
  said("configuration", "warning", /others may read it/);
  said("identity", "warning", /shorter than 32 bytes/);
  said("trust", "warning", /unsigned/);
  assert.ok(found(report, "module counter")[0].health !== "failure");
  assert.ok(!JSON.stringify(report).includes("short\""));
});

test("the doctor works where nothing else does", async () => {
  const none = await run(ingot, ["doctor", "--json", path.join(temporaryFolder(), "none.json")]);
  assert.equal(none.code, 1);
  assert.match(JSON.parse(none.stdout).findings.at(-1).what, /none\.json/);
  const down = await Server.prepare({ modules, config: { db_host: "127.0.0.1", db_port: 1, db_name: "x", db_user: "x", db_password: "a-secret-word", connect_timeout: 2 } });
  const report = await doctor(down);
  assert.equal(report.code, 1);
  assert.equal(found(report, "database")[0].health, "failure");
  assert.ok(!JSON.stringify(report).includes("a-secret-word"));
  const limited = await run("bash", ["-c", 'ulimit -v 4000000; exec "$0" doctor --json "$1"', ingot, (await Server.prepare({ modules: ["core"] })).configPath]);
  assert.equal(limited.code, 1);
  assert.ok(JSON.parse(limited.stdout).findings.some(({ about, health, what }) => about === "limits" && health === "failure" && /address space/.test(what)));
});

await runAll();
