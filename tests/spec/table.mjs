// SPDX-License-Identifier: Apache-2.0
// The closing table: passed assertions per script and kind, and their sums. A cell with failures says "passed/all".

const columns = [
  ['modules', ['module', 'register']], ['return', ['assert_return']], ['action', ['action']], ['trap', ['assert_trap', 'assert_exception']],
  ['exhaust', ['assert_exhaustion']], ['invalid', ['assert_invalid']], ['malformed', ['assert_malformed_binary']],
  ['unlink', ['assert_unlinkable']], ['uninst', ['assert_uninstantiable']],
];

const of = (counts, kinds) => kinds.reduce((all, kind) => all + (counts[kind] ?? 0), 0);

function cell(row, kinds) {
  const passed = of(row.passed, kinds);
  const failed = of(row.failed, kinds);
  if (failed > 0) return `${passed}/${passed + failed}`;
  return passed === 0 ? '' : String(passed);
}

export function printTable(title, rows) {
  const total = { script: 'total', passed: {}, failed: {}, ms: 0 };
  for (const row of rows) {
    for (const part of ['passed', 'failed']) {
      for (const [kind, n] of Object.entries(row[part])) total[part][kind] = (total[part][kind] ?? 0) + n;
    }
    total.ms += row.ms;
  }
  const lines = [...rows, total].map((row) => [row.script, ...columns.map(([, kinds]) => cell(row, kinds)), String(row.ms)]);
  lines.unshift([title, ...columns.map(([name]) => name), 'ms']);
  const widths = lines[0].map((_, at) => Math.max(...lines.map((line) => line[at].length)));
  for (const line of lines) console.log(line.map((text, at) => (at === 0 ? text.padEnd(widths[at]) : text.padStart(widths[at]))).join('  '));
}
