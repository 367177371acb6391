// SPDX-License-Identifier: Apache-2.0
//
// What stopping runaways costs and how late they stop.
//
//   main.mjs WORK BIN TOOLCHAIN REPORT.json COUNT ROUNDS
//
// First the kernels of `scripts/bench code` (its bundles, where they are), each with a deadline that a thread watches and with none that anybody does, interleaved;
// then COUNT runaways.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const [work, bin, toolchain, reportFile, countWord, roundsWord] = process.argv.slice(2);
const count = Number(countWord), rounds = Number(roundsWord);
if (!(count > 0) || !(rounds > 0)) throw new Error("usage: main.mjs WORK BIN TOOLCHAIN REPORT.json COUNT ROUNDS");
const repository = path.join(import.meta.dirname, "../..");
fs.mkdirSync(work, { recursive: true });

function run(program, args, settings = {}) {
  const result = spawnSync(program, args.map(String), { encoding: "utf8", ...settings });
  if (result.error) throw result.error;
  assert.equal(result.status, 0, `${path.basename(program)} ${args.join(" ")} ended with ${result.status ?? result.signal}: ${result.stderr ?? ""}${result.stdout ?? ""}`);
  return result.stdout;
}
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

const report = { command: "scripts/bench interrupt", machine: { cpu: os.cpus()[0]?.model, cores: os.cpus().length, kernel: os.release(), load_before: os.loadavg()[0] } };

const kernels = fs.readFileSync(path.join(repository, "bench/kernels/rounds.txt"), "utf8").split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.split(/\s+/));
report.kernels = [];
for (const [name, kernelRounds] of kernels) {
  const bundle = path.join(path.dirname(work), "code", `${name}.x86-64-v3.simd.ingot`);
  if (!fs.existsSync(bundle)) {
    console.error(`absent: ${bundle} (scripts/bench code makes it)`);
    continue;
  }
  const watched = [], unwatched = [];
  for (let round = 0; round < rounds; ++round) {
    watched.push(Number(run(path.join(bin, "run_ingot"), [bundle, kernelRounds]).split(" ")[1]) / 1e6);
    unwatched.push(Number(run(path.join(bin, "run_ingot"), [bundle, kernelRounds, "--nobody-watches"]).split(" ")[1]) / 1e6);
  }
  const ratio = median(watched.map((ms, round) => ms / unwatched[round]));
  report.kernels.push({ name, watched_ms: watched, unwatched_ms: unwatched, ratio });
  console.log(`${name.padEnd(12)} deadline armed ${median(watched).toFixed(1)} ms, nobody watches ${median(unwatched).toFixed(1)} ms, ratio ${ratio.toFixed(3)}`);
}
if (report.kernels.length > 0) {
  report.geometric_mean = Math.exp(report.kernels.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / report.kernels.length);
  console.log(`geometric mean ${report.geometric_mean.toFixed(3)}`);
}

function cast(wat) {
  const base = path.join(work, path.basename(wat, ".wat"));
  const own = path.join(toolchain, "bin/wat2wasm");
  run(fs.existsSync(own) ? own : "wat2wasm", [wat, "-o", `${base}.wasm`]);
  run(path.join(bin, "ingotc"), ["build", `${base}.wasm`, "--contract", "none", "--unsigned", "--target", "x86-64-v2", "-o", `${base}.ingot`]);
  return `${base}.ingot`;
}
const folder = path.join(repository, "modules/hostile");
const runaways = fs.readdirSync(folder).filter((file) => file.endsWith(".wat")).filter((file) => {
  const text = fs.readFileSync(path.join(folder, file), "utf8");
  return /^;; expect: deadline$/m.test(text) && !/"host" "again"/.test(text);
});
const out = path.join(work, "runaways.json");
run(path.join(bin, "bench_interrupt"), [cast(path.join(repository, "tests/hostile/witness.wat")), count, out, ...runaways.map((file) => `${path.basename(file, ".wat")}=${cast(path.join(folder, file))}`)], { stdio: "inherit" });
Object.assign(report, JSON.parse(fs.readFileSync(out, "utf8")));
fs.writeFileSync(reportFile, `${JSON.stringify(report, null, 1)}\n`);
