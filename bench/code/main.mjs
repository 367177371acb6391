// SPDX-License-Identifier: Apache-2.0
//
// Kernels as native code, as bundles and in other engines, interleaved. `scripts/bench code` runs this.
//
//   main.mjs WORK BIN REPORT.json [--rounds N] [--kernel NAME]... [--python FILE] [--wazero FILE]
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { buildGuest, clang, findEngines } from "./engines.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "5" }, kernel: { type: "string", multiple: true }, python: { type: "string" }, wazero: { type: "string" } },
});
const [work, bin, reportFile] = positionals;
const measurements = Number(values.rounds);
if (!reportFile || !Number.isInteger(measurements) || measurements < 1) {
  console.error("usage: main.mjs WORK BIN REPORT.json [--rounds N] [--kernel NAME]... [--python FILE] [--wazero FILE]");
  process.exit(2);
}
fs.mkdirSync(work, { recursive: true });

const kernels = fs.readFileSync(path.join(import.meta.dirname, "../kernels/rounds.txt"), "utf8").split("\n")
  .filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.split(/\s+/))
  .map(([name, rounds]) => ({ name, rounds }))
  .filter(({ name }) => !values.kernel || values.kernel.includes(name));

const flags = fs.readFileSync("/proc/cpuinfo", "utf8").match(/^flags\s*:(.*)$/m)?.[1].split(" ") ?? [];
const cpuHasV3 = ["avx2", "bmi1", "bmi2", "fma", "movbe", "f16c"].every((flag) => flags.includes(flag));
const guests = new Map();
const { engines, absent } = findEngines({
  work, bin, python: values.python, wazeroProgram: values.wazero, cpuHasV3, guest: (kernel, simd) => guests.get(`${kernel}.${simd}`),
});
for (const { name, reason } of absent) console.error(`absent: ${name}: ${reason}`);

function once(engine, kernel) {
  const [command, args] = engine.command(kernel.name, kernel.rounds);
  const result = spawnSync(command, args.map(String), { encoding: "utf8" });
  if (result.status !== 0) throw new Error(`${engine.name} failed on ${kernel.name}: ${result.stderr.slice(0, 500)}`);
  const [checksum, nanoseconds] = result.stdout.trim().split(/\s+/);
  return { checksum, ms: Number(nanoseconds) / 1e6 };
}

function statistics(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { median_ms: at(0.5), min_ms: sorted[0], max_ms: sorted.at(-1), samples_ms: samples };
}

const report = {
  command: `scripts/bench code ${measurements}`,
  machine: { cpu: os.cpus()[0]?.model, cores: os.cpus().length, kernel: `${os.type()} ${os.release()}`, load_before: os.loadavg()[0] },
  compiler: spawnSync(clang(), ["--version"], { encoding: "utf8" }).stdout.split("\n")[0],
  measurements, engines: engines.map(({ name, level, guest, version }) => ({ name, level, guest, version })), absent, kernels: [],
};

for (const kernel of kernels) {
  for (const simd of [true, false]) guests.set(`${kernel.name}.${simd}`, buildGuest(kernel.name, work, simd));
  const entry = { name: kernel.name, rounds: Number(kernel.rounds), results: {} };
  const checksums = new Map();
  for (const engine of engines) {
    const module = engine.guest === "native" ? undefined : guests.get(`${kernel.name}.${engine.guest === "simd"}`);
    entry.results[engine.name] = { compile: engine.prepare(kernel.name, module) };
    checksums.set(engine.name, once(engine, kernel).checksum);  // equal before any time is taken
  }
  if (new Set(checksums.values()).size !== 1) throw new Error(`${kernel.name}: checksums differ: ${JSON.stringify([...checksums])}`);
  entry.checksum = [...checksums.values()][0];
  const samples = new Map(engines.map((engine) => [engine.name, []]));
  for (let round = 0; round < measurements; ++round) {
    for (const engine of engines) {
      const { checksum, ms } = once(engine, kernel);
      if (checksum !== entry.checksum) throw new Error(`${engine.name} gives another checksum for ${kernel.name} than before`);
      samples.get(engine.name).push(ms);
    }
  }
  for (const engine of engines) Object.assign(entry.results[engine.name], statistics(samples.get(engine.name)));
  report.kernels.push(entry);
  console.error(`${kernel.name.padEnd(12)} ${engines.map(({ name }) => `${name} ${entry.results[name].median_ms.toFixed(1)}`).join("  ")}`);
}
fs.writeFileSync(reportFile, `${JSON.stringify(report, null, 1)}\n`);
