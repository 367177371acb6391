// SPDX-License-Identifier: Apache-2.0
//
// From code.json to a table and a plot.
//
//   report.mjs code.json code.md code.svg
import fs from "node:fs";

const [source, table, plot] = process.argv.slice(2);
const report = JSON.parse(fs.readFileSync(source, "utf8"));
const engines = report.engines;
const reference = (engine) => (engine.level === "x86-64-v2" ? "native x86-64-v2" : "native x86-64-v3");
const best = engines.some(({ name }) => name === "native x86-64-v3");
const nativeOf = (engine) => (best ? reference(engine) : "native x86-64-v2");
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
/** Within a round, whose runs follow each other in seconds: a machine that gets faster or slower over minutes does so for both. */
function ratio(kernel, engine) {
  const native = kernel.results[nativeOf(engine)].samples_ms;
  return median(kernel.results[engine.name].samples_ms.map((ms, round) => ms / native[round]));
}
const geometricMean = (numbers) => Math.exp(numbers.reduce((sum, n) => sum + Math.log(n), 0) / numbers.length);
const means = new Map(engines.map((engine) => [engine.name, geometricMean(report.kernels.map((kernel) => ratio(kernel, engine)))]));
const guests = engines.filter(({ guest }) => guest !== "native");
const fixed = (n, digits = 2) => (n === null || n === undefined || Number.isNaN(n) ? "" : n.toFixed(digits));

function row(cells) {
  return `| ${cells.join(" | ")} |\n`;
}
function ratios(form) {
  const columns = guests.filter(({ guest }) => guest === form);
  let text = row(["kernel", ...columns.map(({ name }) => name.replace(` ${form}`, ""))]) + row(["---", ...columns.map(() => "---:")]);
  for (const kernel of report.kernels) text += row([kernel.name, ...columns.map((engine) => fixed(ratio(kernel, engine)))]);
  return text + row(["**geometric mean**", ...columns.map(({ name }) => `**${fixed(means.get(name), 3)}**`)]);
}

let text = `# Code: time against native code

\`${report.command}\`, ${report.machine.cpu}, ${report.machine.cores} cores, ${report.machine.kernel}, load ${fixed(report.machine.load_before)} before; ${report.compiler}.
${report.measurements} interleaved rounds, each run a process of its own that runs the kernel once to warm up and once timed; what stands here is the median of the rounds'
ratios. 1.00 is the same source compiled to native code with \`-O3 -ffp-contract=off -fno-math-errno\` at the same level (the other engines choose their instructions themselves and stand beside native
${best ? "x86-64-v3" : "x86-64-v2"}). Checksums were equal. Made from code.json by \`bench/code/report.mjs\`; what lies behind the slow ones is in [code-notes.md](code-notes.md).

Engines: ${engines.filter(({ version }) => version).map(({ name, version }) => `${name} ${version}`).join(", ")}.
${report.absent.map(({ name, reason }) => `Absent: ${name}: ${reason}.`).join("\n")}

## Guests with simd128

${ratios("simd")}
## Scalar guests

${ratios("scalar")}
## Times and spread

Milliseconds: median (least to most).

${row(["kernel", ...engines.map(({ name }) => name)])}${row(["---", ...engines.map(() => "---:")])}`;
for (const kernel of report.kernels) {
  text += row([kernel.name, ...engines.map(({ name }) => {
    const { median_ms, min_ms, max_ms } = kernel.results[name];
    return `${fixed(median_ms, 0)} (${fixed(min_ms, 0)} to ${fixed(max_ms, 0)})`;
  })]);
}
const compiling = engines.filter(({ name }) => report.kernels[0].results[name].compile);
const totals = (name, field) => report.kernels.map((kernel) => kernel.results[name].compile?.[field]).filter((n) => typeof n === "number" && !Number.isNaN(n));
text += `
## Compiling all ${report.kernels.length} kernels

Not of one kind: native code and bundles are timed as whole programs from start to end, wasmtime and wazero as the call that compiles inside a running
process. Code size: the text of a native program, the whole object of a bundle, the whole artifact of the others. Memory: the largest process, wasmtime's with Python.

${row(["", "time, ms", "code, bytes", "memory at most, MiB"])}${row(["---", "---:", "---:", "---:"])}`;
for (const { name } of compiling) {
  const sum = (field) => totals(name, field).reduce((a, b) => a + b, 0);
  const peak = totals(name, "peak_kib");
  text += row([name, fixed(sum("compile_ms"), 0), sum("bytes") || "", peak.length > 0 ? fixed(Math.max(...peak) / 1024, 0) : ""]);
}
fs.writeFileSync(table, text);

// The plot: one group of bars a kernel, height = time against native, for guests with simd128.
const shown = guests.filter(({ guest, level }) => guest === "simd" && (level === undefined || level === (best ? "x86-64-v3" : "x86-64-v2")));
const colours = ["#d9480f", "#1971c2", "#2f9e44", "#862e9c", "#868e96"];
const [width, height, left, bottom, top] = [1200, 420, 50, 60, 40];
const groups = [...report.kernels.map((kernel) => ({ name: kernel.name, value: (engine) => ratio(kernel, engine) })),
  { name: "mean", value: (engine) => means.get(engine.name) }];
const limit = Math.min(5, Math.max(...groups.flatMap((group) => shown.map(group.value))) * 1.05);
const y = (value) => top + (height - top - bottom) * (1 - Math.min(value, limit) / limit);
const groupWidth = (width - left - 10) / groups.length;
let svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="white"/>\n`;
for (let line = 0; line <= limit; line += 0.5) {
  svg += `<line x1="${left}" x2="${width - 10}" y1="${fixed(y(line))}" y2="${fixed(y(line))}" stroke="${line === 1 ? "black" : "#dddddd"}"/>` +
    `<text x="${left - 8}" y="${fixed(y(line) + 4)}" text-anchor="end">${fixed(line, 1)}</text>\n`;
}
groups.forEach((group, index) => {
  const x = left + index * groupWidth;
  shown.forEach((engine, place) => {
    const barWidth = (groupWidth * 0.8) / shown.length;
    const value = group.value(engine);
    svg += `<rect x="${fixed(x + groupWidth * 0.1 + place * barWidth)}" y="${fixed(y(value))}" width="${fixed(barWidth)}" height="${fixed(y(0) - y(value))}" fill="${colours[place % colours.length]}"/>\n`;
  });
  svg += `<text x="${fixed(x + groupWidth / 2)}" y="${height - bottom + 18}" text-anchor="middle">${group.name}</text>\n`;
});
shown.forEach(({ name }, place) => {
  svg += `<rect x="${left + place * 200}" y="12" width="12" height="12" fill="${colours[place % colours.length]}"/><text x="${left + 18 + place * 200}" y="22">${name}</text>\n`;
});
svg += `<text x="${width - 10}" y="22" text-anchor="end">time against native code, lower is better</text>\n</svg>\n`;
fs.writeFileSync(plot, svg);

for (const [name, mean] of means) console.log(`${name.padEnd(28)} ${mean.toFixed(3)} of native by geometric mean`);
