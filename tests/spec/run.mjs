// SPDX-License-Identifier: Apache-2.0
//
// The WebAssembly specification's scripts, through the compiler and the runtime.
//
//   node run.mjs cast              converts every script and casts every module (for the tests below; quick when nothing changed)
//   node run.mjs run SET LEVEL     runs one set (see suite.mjs) on the x86-64-vLEVEL variants, prints a table, fails on any difference
//   node run.mjs refused           checks the proposals that the policy refuses: by name, and with a reason in RATIONALE.md
//
// INGOT_SPEC_ONLY=WORD limits "run" to the scripts whose name contains WORD, for work on one of them; it then never passes.
// INGOT_SPEC_OPTIMISATION=dev casts at the dev tier, for level 3; give such a run an INGOT_SPEC_STORE of its own.
// Exit codes: 0 passed, 1 failed, 77 skipped (no suite here, or a CPU without the level).

import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { count, digestOf, findSuite, notApplicable, repository, scriptsOf, sets, sourceOf } from './suite.mjs';
import { printTable } from './table.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const bin = process.env.INGOT_BIN;
const store = process.env.INGOT_SPEC_STORE;
const exitSkipped = 77;

const fail = (text) => {
  console.log(`spec: ${text}`);
  process.exit(1);
};
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const folderOf = (set, script) => join(store, 'sets', set, script);

/** A program of wabt's, as the words to start it with: from the prefix that scripts/setup made, else from PATH. */
function wabt(program) {
  for (const prefix of [process.env.INGOT_WABT_PREFIX, join(process.env.INGOT_TOOLCHAIN ?? '', 'wabt')]) {
    if (!prefix || !existsSync(join(prefix, 'usr/bin', program))) continue;
    const loader = join(prefix, 'usr/lib64/ld-linux-x86-64.so.2');
    const plain = join(prefix, 'usr/bin', program);
    return existsSync(loader) ? [loader, '--library-path', join(prefix, 'usr/lib/x86_64-linux-gnu'), plain] : [plain];
  }
  return [program];
}

function convert(suite, set, script) {
  const folder = folderOf(set, script);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const [program, ...options] = wabt('wast2json');
  execFileSync(program, [...options, join(sourceOf(suite, set), `${script}.wast`), '-o', join(folder, 'script.json')], { stdio: 'inherit' });
  return readJson(join(folder, 'script.json')).commands;
}

/** A refused proposal's modules are only looked at; everything else is built, unless the script says that it is no module. */
function modeOf(set, command) {
  const mustBeRefused = ['assert_invalid', 'assert_malformed'].includes(command.type);
  return sets[set].refused || mustBeRefused ? 'check' : 'build';
}

function cast(suite) {
  const jobs = [];
  const places = [];  // of each job: which casts.json, which key in it
  const spectest = join(store, 'spectest.wasm');
  const [program, ...options] = wabt('wat2wasm');
  mkdirSync(store, { recursive: true });
  execFileSync(program, [...options, join(here, 'spectest.wat'), '-o', spectest]);
  jobs.push({ wasm: spectest, features: [], mode: 'build' });
  places.push(['spectest.json', 'spectest']);
  for (const set of Object.keys(sets)) {
    for (const script of scriptsOf(suite, set)) {
      for (const command of convert(suite, set, script)) {
        if (!command.filename || command.module_type === 'text') continue;
        jobs.push({ wasm: join(folderOf(set, script), command.filename), features: sets[set].features ?? ['extended-const'], mode: modeOf(set, command) });
        places.push([join('sets', set, script, 'casts.json'), command.filename]);
      }
    }
  }
  const began = Date.now();
  const done = spawnSync(join(bin, 'spec_cast'), [join(store, 'casts')], { input: JSON.stringify(jobs), maxBuffer: 1 << 30, stdio: ['pipe', 'pipe', 'inherit'] });
  if (done.status !== 0) fail('spec_cast failed');
  const byFile = {};
  JSON.parse(done.stdout).forEach((result, index) => {
    const [file, key] = places[index];
    (byFile[file] ??= {})[key] = result;
  });
  for (const set of Object.keys(sets)) {
    for (const script of scriptsOf(suite, set)) {
      const file = join('sets', set, script, 'casts.json');
      writeFileSync(join(store, file), JSON.stringify(byFile[file] ?? {}));
    }
    writeFileSync(join(store, 'sets', set, 'digest'), digestOf(suite, set));
  }
  writeFileSync(join(store, 'spectest.json'), JSON.stringify(byFile['spectest.json']));
  if (!byFile['spectest.json'].spectest.ok) fail(`spectest: ${byFile['spectest.json'].spectest.message}`);
  console.log(`spec: ${jobs.length} modules cast or refused in ${Math.round((Date.now() - began) / 1000)} s`);
}

const runScript = (set, script, level) =>
  new Promise((resolve) => {
    const folder = folderOf(set, script);
    const bundle = join(store, 'casts', `${readJson(join(store, 'spectest.json')).spectest.key}.ingot`);
    const began = Date.now();
    execFile(join(bin, 'spec_runner'), [join(folder, 'script.json'), join(folder, 'casts.json'), join(store, 'casts'), bundle, String(level)],
      { maxBuffer: 1 << 28 }, (error, out, messages) => {
        if (error?.code === exitSkipped) return resolve({ skipped: messages.trim() });
        if (error) return resolve({ broken: `${error.signal ?? `exit ${error.code}`}: ${messages.trim()}` });
        resolve({ ...JSON.parse(out), ms: Date.now() - began });
      });
  });

const equal = (a, b) => Object.keys({ ...a, ...b }).every((key) => (a[key] ?? 0) === (b[key] ?? 0));
const sum = (list) => list.reduce((all, one) => (Object.entries(one).forEach(([key, n]) => (all[key] = (all[key] ?? 0) + n)), all), {});

async function run(suite, set, level) {
  const only = process.env.INGOT_SPEC_ONLY;
  const problems = [];
  const all = scriptsOf(suite, set);
  if (all.length !== sets[set].scripts) problems.push(`the suite holds ${all.length} scripts of ${set}, not ${sets[set].scripts}`);
  if (!existsSync(join(store, 'sets', set, 'digest')) || readFileSync(join(store, 'sets', set, 'digest'), 'utf8') !== digestOf(suite, set)) {
    fail(`the casts are not of these scripts; run spec.cast first`);
  }
  const scripts = all.filter((name) => !only || name.includes(only));
  const results = {};
  const waiting = [...scripts];
  await Promise.all(cpus().map(async () => {
    for (let script = waiting.shift(); script; script = waiting.shift()) results[script] = await runScript(set, script, level);
  }));
  const skipped = Object.values(results).find((result) => result.skipped);
  if (skipped) {
    console.log(`spec: ${set}: ${scripts.length} scripts skipped: ${skipped.skipped}`);
    process.exit(exitSkipped);
  }

  const rows = [];
  for (const script of scripts) {
    const result = results[script];
    if (!result) problems.push(`${script}: never run`);
    else if (result.broken) problems.push(`${script}: ${result.broken}`);
    if (!result?.passed) continue;
    // What was executed and what the script holds are counted apart: by the runner as it goes, and here.
    const held = count(readJson(join(folderOf(set, script), 'script.json')).commands);
    const executed = sum([result.passed, result.failed, result.not_applicable]);
    if (!equal(held, executed)) problems.push(`${script}: executed ${JSON.stringify(executed)}, but it holds ${JSON.stringify(held)}`);
    if (Object.keys(result.not_applicable).some((kind) => !notApplicable.includes(kind))) problems.push(`${script}: skipped ${JSON.stringify(result.not_applicable)}`);
    for (const failure of result.failures) problems.push(`${script}: ${failure}`);
    if (Object.keys(result.failed).length > 0 && result.failures.length === 0) problems.push(`${script}: failed`);
    rows.push({ script, ...result });
  }
  const passed = sum(rows.map((row) => ({ ...row.passed })));
  const skippedText = sum(rows.map((row) => row.not_applicable));
  const failed = sum(rows.map((row) => row.failed));
  printTable(`${set} on x86-64-v${level}`, rows);
  if (!only && !equal(sets[set].totals, sum([passed, skippedText]))) {
    problems.push(`passed ${JSON.stringify(sum([passed, skippedText]))}, expected ${JSON.stringify(sets[set].totals)}`);
  }
  if (only) problems.push(`only the ${scripts.length} scripts with "${only}" in their name were run`);
  for (const problem of problems) console.log(`FAILED ${problem}`);
  const total = (counts) => Object.values(counts).reduce((a, b) => a + b, 0);
  console.log(`${set} on x86-64-v${level}: ${rows.length} scripts, ${total(passed)} passed, ${total(failed)} failed, ${total(skippedText)} text-format ones not applicable`);
  process.exit(problems.length === 0 ? 0 : 1);
}

function refused(suite) {
  const rationale = readFileSync(join(repository, 'RATIONALE.md'), 'utf8');
  const problems = [];
  for (const [set, { refused: reason, scripts, plain = [] }] of Object.entries(sets)) {
    if (!reason) continue;
    const names = scriptsOf(suite, set);
    if (names.length !== scripts) problems.push(`${set}: ${names.length} scripts, not ${scripts}`);
    let modules = 0;
    let byName = 0;
    for (const script of names) {
      const casts = readJson(join(folderOf(set, script), 'casts.json'));
      const here = readJson(join(folderOf(set, script), 'script.json')).commands.filter((command) => command.type === 'module');
      const said = here.filter(({ filename }) => !casts[filename].ok && casts[filename].exit === 3 && casts[filename].message.includes(reason));
      modules += here.length;
      byName += said.length;
      for (const { filename } of here) {
        if (!casts[filename].ok && !casts[filename].message.includes(reason)) problems.push(`${set}/${filename}: ${casts[filename].message}`);
      }
      // A script of a proposal that uses nothing of it is listed as such in suite.mjs: everything else must be refused, and by name.
      const isPlain = here.length > 0 && said.length === 0;
      if (isPlain !== plain.includes(script)) problems.push(`${set}/${script}: ${isPlain ? 'no' : 'a'} module of it is refused as "${reason}"`);
    }
    if (!rationale.includes(reason)) problems.push(`${set}: RATIONALE.md does not say why the ${reason} is refused`);
    console.log(`${set.padEnd(18)} refused: ${byName} of ${modules} valid modules need it (${reason}); ${names.length} scripts not run${plain.length > 0 ? `, of them without any use of it: ${plain.join(', ')}` : ''}`);
  }
  for (const problem of problems) console.log(`FAILED ${problem}`);
  process.exit(problems.length === 0 ? 0 : 1);
}

const suite = findSuite();
if (!suite) {
  const scripts = Object.values(sets).reduce((all, set) => all + set.scripts, 0);
  console.log(`spec: SKIPPED, no suite at INGOT_SPEC_TESTSUITE or ../shared/spec-testsuite: ${scripts} scripts not run (147 of core 2.0, 2 of our own, ${scripts - 149} of proposals)`);
  process.exit(exitSkipped);
}
const [mode, set, level] = process.argv.slice(2);
if (!bin || !store) fail('INGOT_BIN and INGOT_SPEC_STORE must be set; run it by `ctest -L spec`');
if (mode === 'cast') cast(suite);
else if (mode === 'run' && sets[set] && ['2', '3'].includes(level)) await run(suite, set, Number(level));
else if (mode === 'refused') refused(suite);
else fail('usage: run.mjs cast | run SET 2|3 | refused');
