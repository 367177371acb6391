// SPDX-License-Identifier: Apache-2.0
//
// Casts modules of npm packages: tiers, one and two targets, one and two jobs, cold and from a cache where ingotc has one; beside them wasmtime's compiler.
//
//   main.mjs WORK BIN REPORT.json [--python PYTHON] [--tier dev|release]... [--jobs N]... NAME=MODULE.wasm...
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { measureTree } from "./tree.mjs";

const [work, bin, reportFile, ...rest] = process.argv.slice(2);
const tiers = [], jobCounts = [], modules = [];
let python = null;
for (let at = 0; at < rest.length; ++at) {
  if (rest[at] === "--python") python = rest[++at];
  else if (rest[at] === "--tier") tiers.push(rest[++at]);
  else if (rest[at] === "--jobs") jobCounts.push(rest[++at]);
  else modules.push(rest[at].split(/=(.*)/s).slice(0, 2));
}
if (tiers.length === 0) tiers.push("dev", "release");
if (jobCounts.length === 0) jobCounts.push("1", "2");
const levels = ["x86-64-v2", "x86-64-v3"];
const ingotc = path.join(bin, "ingotc");
const help = spawnSync(ingotc, ["build", "--help"], { encoding: "utf8" }).stdout;
const caches = help.includes("--cache-dir") && help.includes("--no-cache");

fs.mkdirSync(work, { recursive: true });
const report = {
  command: "scripts/bench compile",
  machine: { cpu: /model name\s*:\s*(.*)/.exec(fs.readFileSync("/proc/cpuinfo", "utf8"))?.[1], cores: os.availableParallelism(), kernel: os.release(),
    memory_gib: os.totalmem() / 2 ** 30, load_before: os.loadavg()[0] },
  modules: [],
};
for (const [name, module] of modules) {
  const entry = { name, bytes: fs.statSync(module).size, builds: [] };
  report.modules.push(entry);
  const output = path.join(work, `${name}.out`);
  const add = async (what, command, args) => {
    const build = { ...what, ...await measureTree(command, args), bytes: fs.statSync(output).size };
    entry.builds.push(build);
    console.error(`${name.padEnd(8)} ${Object.values(what).join(" ").padEnd(32)} ${(build.wall_ms / 1000).toFixed(1)} s, ${(build.peak_tree_kib / 1024).toFixed(0)} MiB`);
    fs.writeFileSync(reportFile, `${JSON.stringify(report, null, 1)}\n`);  // a long run that is stopped keeps what it has
  };
  for (const tier of tiers) {
    for (const targets of [1, 2]) {
      for (const jobs of jobCounts) {
        const args = ["build", module, "-o", output, "--contract", "none", "--unsigned", "-O", tier, "--jobs", jobs, ...levels.slice(-targets).flatMap((level) => ["--target", level])];
        const what = { engine: "ingotc", tier, targets, jobs: Number(jobs) };
        await add({ ...what, cache: "cold" }, ingotc, caches ? [...args, "--no-cache"] : args);
        if (!caches || jobs !== jobCounts.at(-1)) continue;
        const cache = fs.mkdtempSync(path.join(work, "cache-"));
        await add({ ...what, cache: "filling" }, ingotc, [...args, "--cache-dir", cache]);
        await add({ ...what, cache: "warm" }, ingotc, [...args, "--cache-dir", cache]);
        fs.rmSync(cache, { recursive: true });
      }
    }
  }
  if (python) await add({ engine: "wasmtime" }, python, [path.join(import.meta.dirname, "../code/run_wasmtime.py"), "compile", module, output]);
}
if (!python) report.absent = "wasmtime: its Python package is not installed";
if (!caches) report.without_cache = "this ingotc has no build cache";
fs.writeFileSync(reportFile, `${JSON.stringify(report, null, 1)}\n`);
