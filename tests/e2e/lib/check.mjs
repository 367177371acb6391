// SPDX-License-Identifier: Apache-2.0
// A test file is a list of named cases; a failing one does not stop the others. Ends with "N passed, N failed".
import assert from "node:assert/strict";

export { assert };

const cases = [];
export function test(name, body) {
  cases.push({ name, body });
}

export async function runAll() {
  let passed = 0, failed = 0;
  for (const { name, body } of cases) {
    try {
      await body();
      ++passed;
      console.log(`ok       ${name}`);
    } catch (error) {
      ++failed;
      console.log(`FAILED   ${name}\n${error?.stack ?? error}`);
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}

/** The error envelope of abi/EERP.md with this status and code. */
export function assertError(response, status, code) {
  assert.equal(response.status, status, response.text);
  assert.equal(response.json?.error?.code, code, response.text);
  assert.ok(response.json.error.message.length > 0);
  assert.ok(response.json.error.request_id.length > 0);
}

/** The success envelope; gives its data. */
export function dataOf(response, status = 200) {
  assert.equal(response.status, status, response.text);
  assert.ok(response.json?.meta?.request_id.length > 0, response.text);
  assert.match(response.json.meta.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  return response.json.data;
}
