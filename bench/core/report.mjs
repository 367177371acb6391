// SPDX-License-Identifier: Apache-2.0
//
// From core.json to a table and a plot.
//
//   report.mjs core.json core.md core.svg
import fs from "node:fs";

const [source, table, plot] = process.argv.slice(2);
const report = JSON.parse(fs.readFileSync(source, "utf8"));
const time = (us) => (us < 1 ? `${(1000 * us).toFixed(us < 0.1 ? 1 : 0)} ns` : us < 1000 ? `${us.toFixed(us < 10 ? 2 : 1)} us` : `${(us / 1000).toFixed(2)} ms`);
const row = (cells) => `| ${cells.join(" | ")} |\n`;
const rows = (list) => row(["", "least", "median", "99th percentile", "runs"]) + row(["---", "---:", "---:", "---:", "---:"]) +
  list.map((item) => row([item.name, time(item.min_us), time(item.median_us), time(item.p99_us), item.runs])).join("");

const { machine, crowd, fibers } = report;
fs.writeFileSync(table, `# The sandbox's core: calls, resets, instances, cold start

\`${report.command}\`, ${machine.cpu}, ${machine.cores} cores, ${machine.kernel}, load ${machine.load_before.toFixed(2)} before; ${report.conditions}. Rows of one table are interleaved. Made from core.json by \`bench/core/report.mjs\`.

## Through libingot, beside wasmtime

Calls and host calls are timed a thousand at once, what happens in a row a hundred at once; everything else one at a time, after all other rows of its round, so with cold caches.

${rows(report.calls)}
## Two threads

${row(["", "one thread", "two threads", "throughput of two"])}${row(["---", "---:", "---:", "---:"])}${report.two_threads.map((item) => row([item.name, time(item.one_thread_us), time(item.two_threads_us), `${item.factor.toFixed(2)} x`])).join("")}
## Many at once

${crowd.instances} live instances, each called: ${crowd.mappings_each.toFixed(2)} mappings and ${crowd.resident_kib_each.toFixed(1)} KiB resident each, page tables included; ${crowd.of_that_written_by_the_guest_kib} KiB of it is the page that the guest wrote. Made in
${time(crowd.create_median_us)} each (median).

${fibers.suspended} guests suspended in a host call on ${fibers.threads} threads, each with its instance and its fiber: ${fibers.mappings_each.toFixed(2)} mappings and ${fibers.resident_kib_each.toFixed(1)} KiB resident each, page
tables included. Begun in ${time(fibers.begin_us)}, woken and ended in ${time(fibers.end_us)} each. From one fiber to the next: ${fibers.switch_ns.toFixed(0)} ns.

On one loop, beside a guest that never ends, the longest delay of ${fibers.neighbour[0].runs} was ${time(fibers.neighbour[0].most_us)}.

${rows(fibers.neighbour)}

## Cold start of crm

${rows(report.cold_start)}
${rows(report.cold_start_steps)}
${rows(report.verify_parts)}`);

// The plot: medians on a logarithmic scale, ours beside wasmtime's where there is one.
const shown = report.calls.filter(({ median_us }) => median_us > 0);
const [width, line, left, top] = [1000, 24, 420, 30];
const least = 1e-3, most = 1e4;
const x = (us) => left + (width - left - 90) * (Math.log10(Math.max(us, least)) - Math.log10(least)) / (Math.log10(most) - Math.log10(least));
const height = top + shown.length * line + 30;
let svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">\n<rect width="${width}" height="${height}" fill="white"/>\n`;
for (let us = least; us <= most; us *= 10) {
  svg += `<line x1="${x(us).toFixed(1)}" x2="${x(us).toFixed(1)}" y1="${top - 6}" y2="${height - 24}" stroke="#dddddd"/><text x="${x(us).toFixed(1)}" y="${height - 8}" text-anchor="middle">${time(us)}</text>\n`;
}
shown.forEach(({ name, median_us }, place) => {
  const y = top + place * line;
  svg += `<text x="${left - 8}" y="${y + 13}" text-anchor="end">${name}</text><rect x="${left}" y="${y + 2}" width="${(x(median_us) - left).toFixed(1)}" height="${line - 8}" fill="${name.startsWith("wasmtime") ? "#1971c2" : "#d9480f"}"/>` +
    `<text x="${(x(median_us) + 6).toFixed(1)}" y="${y + 13}">${time(median_us)}</text>\n`;
});
fs.writeFileSync(plot, `${svg}<text x="${left}" y="16">median of one operation, logarithmic; shorter is better</text>\n</svg>\n`);
