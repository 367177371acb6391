// SPDX-License-Identifier: Apache-2.0
// Follows modules/TUTORIAL.md word for word in an empty folder: types its commands, makes its edits, and compares what comes out with what it shows.
//
// What may differ: what stands as "…" in the document; ids (UUIDs), of which each one in the document is always the same one here; and the ports, which
// are free ones here, so that nothing else on the machine is in the way.
import { spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { assert, runAll, test } from "./lib/check.mjs";
import { bin, run, sleep, temporaryFolder } from "./lib/server.mjs";

const document = fs.readFileSync(fileURLToPath(new URL("../../modules/TUTORIAL.md", import.meta.url)), "utf8");
const folder = temporaryFolder();
const environment = { ...process.env, PATH: `${fs.realpathSync(bin)}:${process.env.PATH}`, HOME: path.join(folder, ".home"), LC_ALL: "C.UTF-8", NO_COLOR: "1", CARGO_TERM_COLOR: "never" };
delete environment.XDG_CONFIG_HOME;
if (process.env.INGOT_TOOLCHAIN) environment.INGOT_WABT_PREFIX ??= path.join(process.env.INGOT_TOOLCHAIN, "wabt");
fs.mkdirSync(environment.HOME);
const patience_ms = 120_000;  // for a first build of Rust on a busy machine

/** The fenced blocks, each with its kind, the path behind it, its lines, and the line of the document where it begins. */
const blocks = [...document.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(([, kind, file, text, ], index, all) => ({ kind, file, lines: text.split("\n").slice(0, -1) }));
let place = 0;
for (const block of blocks) {
  place = document.indexOf("```" + block.kind, place) + 3;
  block.line = document.slice(0, place).split("\n").length;
  place = document.indexOf("\n```", place) + 4;
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
const ports = { 8080: await freePort(), 8081: await freePort() };
const with_ports = (text) => text.replace(/\b808[01]\b/g, (port) => ports[port]);

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
const ids = new Map();  // an id of the document -> the one here
const with_ids = (text) => text.replace(new RegExp(uuid, "g"), (id) => ids.get(id) ?? id);
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** True when a line is what the document shows; remembers the ids that it shows for the first time. */
function matches(shown, line) {
  const fresh = [];
  const pattern = with_ids(with_ports(shown)).split("…").map((part) => {
    let rest = part, text = "";
    for (let found; (found = rest.match(uuid)); rest = rest.slice(found.index + found[0].length)) {
      text += escaped(rest.slice(0, found.index));
      if ([...ids.values()].includes(found[0])) text += found[0];
      else if (fresh.includes(found[0])) text += `\\${fresh.indexOf(found[0]) + 1}`;
      else text += `(${uuid.source})`, fresh.push(found[0]);
    }
    return text + escaped(rest);
  }).join(".*");
  const found = line.match(new RegExp(`^${pattern}$`));
  if (found) fresh.forEach((id, index) => ids.set(id, found[index + 1]));
  return found !== null;
}

/** The whole output is what the document shows; a line "…" stands for any number of lines. */
function compare(shown, output, where) {
  const lines = output.replace(/\n$/, "").split("\n");
  let at = 0;
  for (let index = 0; index < shown.length; ++index) {
    if (shown[index] === "…") {
      if (index + 1 === shown.length) return;
      while (at < lines.length && !matches(shown[index + 1], lines[at])) ++at;
      continue;
    }
    assert.ok(at < lines.length && matches(shown[index], lines[at]), `${where}: expected\n  ${with_ids(with_ports(shown[index]))}\nbut there is\n  ${lines.slice(at).join("\n  ")}`);
    ++at;
  }
  assert.deepEqual(lines.slice(at).filter((line) => line !== ""), [], `${where}: more than is shown`);
}

/** A server that was started: what it says, and how much of that was shown. */
class Running {
  constructor(command) {
    this.log = "";
    this.child = spawn("bash", ["-c", `exec ${command}`], { cwd: folder, env: environment, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (data) => (this.log += data));
    this.seen = 0;
    this.ended = new Promise((resolve) => this.child.on("close", (code) => resolve(code)));
  }

  /** Waits until each of these lines has come, in this order; between them others may. */
  async shows(lines, where) {
    for (const shown of lines.filter((line) => line !== "…")) {
      const end = Date.now() + patience_ms;
      for (;;) {
        const whole = this.log.slice(this.seen), complete = whole.slice(0, whole.lastIndexOf("\n") + 1);
        let offset = 0, found = false;
        for (const line of complete.split("\n").slice(0, -1)) {
          offset += line.length + 1;
          if ((found = matches(shown, line))) break;
        }
        if (found) {
          this.seen += offset;
          break;
        }
        assert.ok(Date.now() < end && this.child.exitCode === null, `${where}: the server never said\n  ${shown}\nbut\n  ${complete.replaceAll("\n", "\n  ")}`);
        await sleep(20);
      }
    }
  }
}
const servers = [];
process.on("exit", () => servers.forEach(({ child }) => child.kill("SIGTERM")));

async function type(block) {
  const commands = [];
  for (const line of block.lines) {
    if (line.startsWith("$ ")) commands.push({ text: line.slice(2), shown: [] });
    else commands.at(-1).shown.push(line);
  }
  for (const { text, shown } of commands) {
    const command = with_ids(with_ports(text)), where = `line ${block.line}: ${text}`;
    if (text.startsWith("ingot serve ")) {
      servers.push(new Running(command));
      await servers.at(-1).shows(shown, where);
      continue;
    }
    const { code, stdout } = await run("bash", ["-c", `exec 2>&1\n${command}`], { cwd: folder, env: environment });
    const refused = shown.some((line) => line.includes(" error: "));
    assert.equal(code !== 0, refused, `${where}: ended with ${code}\n${stdout}`);
    compare(shown, stdout, where);
    // The ports of a configuration that a command has made.
    for (const config of ["shop/eerp-config.json"].map((file) => path.join(folder, file)).filter(fs.existsSync)) {
      fs.writeFileSync(config, with_ports(fs.readFileSync(config, "utf8")));
    }
  }
}

/** Replaces the lines without "+" by those without "-", which must stand in the file exactly once. */
function edit(block) {
  const file = path.join(folder, block.file), text = fs.readFileSync(file, "utf8");
  const side = (sign) => block.lines.filter((line) => line[0] !== sign).map((line) => line.slice(1) + "\n").join("");
  const parts = text.split(side("+"));
  assert.equal(parts.length, 2, `line ${block.line}: what is to be changed stands ${parts.length - 1} times in ${block.file}`);
  fs.writeFileSync(file, parts.join(side("-")));
}

test("the tutorial shows enough to be one", () => {
  const kinds = blocks.map(({ kind }) => kind);
  for (const [kind, least] of [["console", 8], ["diff", 4], ["log", 4], ["json", 1]]) assert.ok(kinds.filter((each) => each === kind).length >= least, kind);
  assert.deepEqual([...new Set(kinds)].sort(), ["console", "diff", "json", "log", "sh"]);
});

test("each step does what the page says", async () => {
  for (const block of blocks) {
    if (block.kind === "console") await type(block);
    else if (block.kind === "diff") edit(block);
    else if (block.kind === "log") await servers.at(-1).shows(block.lines, `line ${block.line}`);
    else if (block.file) fs.writeFileSync(path.join(folder, block.file), with_ports(block.lines.join("\n") + "\n"));
  }
  for (const { child, ended } of servers) {
    child.kill("SIGTERM");
    assert.equal(await ended, 0);
  }
});

await runAll();
