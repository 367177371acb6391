// SPDX-License-Identifier: Apache-2.0
// The same module and tools give the same bytes, whatever folder, temporary folder, locale, time zone, day, name of the user and number
// of compilers at a time; and a build that ends early leaves nothing behind.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { assert, runAll, test } from "./lib/check.mjs";
import { bin, guestSources, temporaryFolder } from "./lib/server.mjs";

const folder = temporaryFolder();
const ingotc = path.join(bin, "ingotc");
const wasm = fs.readFileSync(path.join(guestSources, "echo_packed", "echo_packed.wasm"));

function build(name, options = [], environment = {}, prefix = []) {
  const place = path.join(folder, name);
  const tmp = path.join(place, "tmp");
  fs.mkdirSync(tmp, { recursive: true });
  fs.writeFileSync(path.join(place, "guest.wasm"), wasm);
  const env = { ...process.env, TMPDIR: tmp, ...environment };
  delete env.SOURCE_DATE_EPOCH;
  const command = [...prefix, ingotc, "build", "guest.wasm", "--unsigned", "-O", "dev", "--target", "x86-64-v2", "-o", "out.ingot", ...options];
  const result = spawnSync(command[0], command.slice(1), { cwd: place, env, encoding: "utf8" });
  assert.equal(result.status, 0, result.stderr);
  assert.deepEqual(fs.readdirSync(tmp), [], "the temporary folder is gone");
  return fs.readFileSync(path.join(place, "out.ingot"));
}

test("two builds anywhere, any time, by any number of compilers are the same file", () => {
  const first = build("a", ["--jobs", "1"]);
  const other = build("another folder", ["--jobs", "2"], { LC_ALL: "de_DE.UTF-8", TZ: "Pacific/Kiritimati", USER: "somebody", HOME: "/" });
  assert.ok(first.equals(other));
  const faketime = spawnSync("faketime", ["--version"]).error === undefined;
  if (faketime) assert.ok(first.equals(build("later", [], {}, ["faketime", "2031-01-02 03:04:05"])));
  else console.log("SKIPPED: another day (faketime is not installed)");
});

test("the rollback counter is part of the file", () => {
  assert.ok(!build("zero").equals(build("one", ["--rollback", "1"])));
});

test("an interrupted build leaves no temporary folder, no child and no output", async () => {
  const tmp = path.join(folder, "interrupted");
  fs.mkdirSync(tmp);
  fs.writeFileSync(path.join(tmp, "guest.wasm"), wasm);
  const scratch = path.join(tmp, "tmp");
  fs.mkdirSync(scratch);
  const child = spawn(ingotc, ["build", "guest.wasm", "--unsigned", "-o", "out.ingot"], { cwd: tmp, env: { ...process.env, TMPDIR: scratch } });
  const ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve({ code, signal })));
  const objects = () => fs.readdirSync(scratch).some((name) => fs.existsSync(path.join(scratch, name, "objects")));
  while (!objects() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill("SIGINT");
  const { code } = await ended;
  assert.notEqual(code, 0);
  assert.deepEqual(fs.readdirSync(scratch), []);
  assert.ok(!fs.existsSync(path.join(tmp, "out.ingot")));
  const left = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name)).filter((pid) => {
    try {
      return fs.readlinkSync(`/proc/${pid}/cwd`).startsWith(scratch);
    } catch {
      return false;
    }
  });
  assert.deepEqual(left, [], "no process still works in the folder that was removed");
});

await runAll();
