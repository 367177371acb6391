// SPDX-License-Identifier: Apache-2.0
// Where the specification's scripts are, how many there must be, what they must hold, and with which features each folder is cast.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** All kinds of commands that are assertions about modules. "_text" ones are wast2json's business: there is no binary to give to us. */
export const notApplicable = ['assert_malformed_text'];

// Counted once from the published scripts, not by the code that runs them. "own" asks what the specification says and its scripts do not.
export const sets = {
  own: { folder: join(repository, 'tests/spec/own'), scripts: 3, features: [], totals: { module: 3, assert_return: 47, assert_trap: 12 } },
  'core-2.0': {
    folder: 'core-2.0', scripts: 147, features: [],
    totals: {
      module: 1597, register: 22, action: 155, assert_return: 45726, assert_trap: 2408, assert_exhaustion: 15, assert_invalid: 2144,
      assert_malformed_binary: 718, assert_malformed_text: 1091, assert_unlinkable: 83, assert_uninstantiable: 34,
    },
  },
  'extended-const': {
    folder: 'proposals/extended-const', scripts: 3, features: ['extended-const'],
    totals: {
      module: 69, register: 3, assert_return: 88, assert_trap: 8, assert_invalid: 89, assert_malformed_binary: 4, assert_malformed_text: 3,
      assert_uninstantiable: 26,
    },
  },
  'multi-memory': { folder: 'proposals/multi-memory', scripts: 41, refused: 'multi-memory proposal', plain: ['linking0'] },
  'relaxed-simd': { folder: 'proposals/relaxed-simd', scripts: 7, features: ['relaxed-simd'], totals: { module: 8, assert_return: 69 } },
  exceptions: { folder: 'proposals/exceptions', scripts: 2, refused: 'exception-handling proposal' },
  'exceptions-legacy': { folder: 'proposals/exceptions-legacy', scripts: 4, refused: 'exception-handling proposal' },
  memory64: { folder: 'proposals/memory64', scripts: 24, refused: 'memory64 proposal' },
  'tail-call': { folder: 'proposals/tail-call', scripts: 2, refused: 'tail-call proposal' },
};

/** The suite's folder, or null when this machine has none. */
export function findSuite() {
  const named = process.env.INGOT_SPEC_TESTSUITE;
  if (named) {
    if (!existsSync(join(named, 'core-2.0'))) throw new Error(`INGOT_SPEC_TESTSUITE=${named} holds no core-2.0 folder`);
    return named;
  }
  const beside = join(repository, '../shared/spec-testsuite');
  return existsSync(join(beside, 'core-2.0')) ? beside : null;
}

/** The folder of a set's scripts. */
export const sourceOf = (suite, set) => resolve(suite, sets[set].folder);

/** Names of a set's scripts, sorted, without ".wast". */
export const scriptsOf = (suite, set) =>
  readdirSync(sourceOf(suite, set)).filter((name) => name.endsWith('.wast')).map((name) => name.slice(0, -5)).sort();

/** Changes when any script of the set does. */
export function digestOf(suite, set) {
  const hash = createHash('sha256');
  for (const name of scriptsOf(suite, set)) hash.update(`${name}\0`).update(readFileSync(join(sourceOf(suite, set), `${name}.wast`)));
  return hash.digest('hex');
}

export function kindOf(command) {
  if (command.type !== 'assert_malformed') return command.type;
  return `assert_malformed_${command.module_type === 'text' ? 'text' : 'binary'}`;
}

/** How many commands of each kind a converted script holds. */
export function count(commands) {
  const totals = {};
  for (const command of commands) totals[kindOf(command)] = (totals[kindOf(command)] ?? 0) + 1;
  return totals;
}
