// SPDX-License-Identifier: Apache-2.0
// Requests with what must come of them. `client(host, 'crm')` gives a function that sends one to that module.
import assert from 'node:assert/strict';

export let checked = 0;

// send(method, path, body?, status) fails unless the status is that; with a text as status, unless it is the refusal's code.
export function client(host, module) {
  return (method, path, ...rest) => {
    const expected = rest.pop();
    const answer = host.request(module, method, path, rest[0] ?? null);
    const where = `${method} /api/${module}${path} ${JSON.stringify(rest[0] ?? null)?.slice(0, 120)}`;
    const got = typeof expected === 'string' ? answer.body?.code : answer.status;
    assert.equal(got, expected, `${where} gave ${answer.status} ${JSON.stringify(answer.body)} ${answer.trap ?? ''}`);
    if (typeof expected === 'string') {
      assert.ok(answer.status >= 400 && answer.body.message.length > 0, where);
    }
    ++checked;
    return answer.body;
  };
}

export function same(actual, expected, what) {
  assert.deepEqual(actual, expected, what);
  ++checked;
}

export function holds(condition, what) {
  assert.ok(condition, what);
  ++checked;
}
