// SPDX-License-Identifier: Apache-2.0
// The test guests, as far as a host without deadline and memory limit can run them.
import { client, holds, same } from './expect.mjs';

export function checkTesting(host, load) {
  for (const name of ['echo_mv', 'echo_packed', 'echo_pair', 'echo_sret']) {
    same(load(name), null);
    const send = client(host, name);
    const got = send('GET', '/echo?a=1', 200);
    same([got.handler, got.request.route, got.request.query], [7, '/echo', { a: '1' }]);
    const posted = send('POST', '/echo/w%C3%B6rd', { x: ['é'] }, 200);
    same([posted.handler, posted.request.params, posted.request.body], [4000000000, { word: 'wörd' }, { x: ['é'] }]);
  }
  same(load('counter'), null);
  same([1, 2].map(() => client(host, 'counter')('GET', '/count', 200)), [[1, 1, 2], [1, 1, 2]]);

  same(load('trap'), null);
  const trap = (path, method = 'GET') => host.request('trap', method, path).trap;
  for (const [path, word] of [['/unreachable', /unreachable/], ['/divide', /divide by zero/], ['/bounds', /out of bounds/],
    ['/recursion', /stack/], ['/convert', /float/], ['/null', /RuntimeError/], ['/mismatch', /signature|RuntimeError/],
    ['/host', /outside memory/]]) {
    holds(word.test(trap(path)), `${path}: ${trap(path)}`);
  }
  const send = client(host, 'trap');
  const count = () => send('GET', '/notes', 200).rows[0].total;
  same(send('GET', '/ok', 200), 'ok');
  same(send('POST', '/notes', 200).rows_affected, 1);
  holds(/unreachable/.test(trap('/notes/trap', 'POST')));
  send('POST', '/notes/refuse', 'REFUSED');
  same(count(), 1, 'a trap and a refusal roll back');

  same(load('liar'), null);
  for (const path of ['/address', '/length', '/empty', '/text', '/bytes']) {
    holds(host.request('liar', 'GET', path).trap, path);
  }
  same(host.request('liar', 'GET', '/status').status, 9999);
  same(load('bad_alloc'), null);
  holds(/outside memory/.test(host.request('bad_alloc', 'GET', '/ok').trap));
  same(load('spin'), null);
  holds(/too many log lines/.test(host.request('spin', 'GET', '/log').trap));
  same(load('hungry'), null);
  for (const name of ['wantsdep', 'cycle_a', 'cycle_b']) {
    same(load(name), null);
    same(client(host, name)('GET', '/ok', 200), 'ok');
  }

  for (const [name, version] of [['badmigrate', 1], ['badmigrate_later', 2]]) {
    holds(load(name).startsWith(`version ${version}, operation 3:`), `${name} fails where it should`);
  }
  const works = (sql) => host.database.run(sql).ok;
  holds(!works('SELECT * FROM badfirst'), 'nothing of the failed version remains');
  holds(works('SELECT code FROM laterfirst') && !works('SELECT extra FROM laterfirst'));

  same(load('duplicates'), null);
  const codes = client(host, 'duplicates');
  codes('POST', '/codes', 200);
  codes('POST', '/codes', 200);
  same(codes('GET', '/codes', 200).rows[0].total, 2);
}
