// SPDX-License-Identifier: Apache-2.0
//
// From compile.json to a table: report.mjs compile.json compile.md
import fs from "node:fs";

const [source, target] = process.argv.slice(2);
const report = JSON.parse(fs.readFileSync(source, "utf8"));
const row = (cells) => `| ${cells.join(" | ")} |\n`;
const fixed = (value, divisor, digits) => (value === null || value === undefined ? "" : (value / divisor).toFixed(digits));
let text = `# Compiling: time, memory, size

\`${report.command}\`, ${report.machine.cpu}, ${report.machine.cores} cores, ${report.machine.memory_gib.toFixed(0)} GiB, ${report.machine.kernel}, load ${report.machine.load_before.toFixed(2)} before.
One run each. Memory: the largest sum over all processes of a build, sampled every 50 ms, and the largest single process. Whole processes are timed, wasmtime's with its
Python. Made from compile.json by \`bench/compile/report.mjs\`.
${report.absent ? `\nAbsent: ${report.absent}.\n` : ""}${report.without_cache ? `\nWithout the columns of a cache: ${report.without_cache}.\n` : ""}`;
for (const module of report.modules) {
  text += `\n## ${module.name}, ${module.bytes} bytes of wasm\n\n`;
  text += row(["", "targets", "jobs", "cache", "wall, s", "CPU, s", "memory, MiB", "largest process, MiB", "output, bytes"]);
  text += row(["---", "---:", "---:", "---", "---:", "---:", "---:", "---:", "---:"]);
  for (const build of module.builds) {
    text += row([[build.engine, build.tier].filter(Boolean).join(" "), build.targets ?? 1, build.jobs ?? "", build.cache ?? "", fixed(build.wall_ms, 1000, 1), fixed(build.cpu_ms, 1000, 1),
      fixed(build.peak_tree_kib, 1024, 0), fixed(build.peak_process_kib, 1024, 0), build.bytes]);
  }
}
fs.writeFileSync(target, text);
