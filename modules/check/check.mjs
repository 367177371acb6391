// SPDX-License-Identifier: Apache-2.0
// Loads the built modules into a model host and uses every route, without the runtime:
//
//   node modules/check/check.mjs [OUT_DIR] [sqlite | CONNINFO of an empty PostgreSQL database]
//
// Needs node 18 and python3; PostgreSQL also needs libpq.
import path from 'node:path';
import { checkAccounting } from './check_accounting.mjs';
import { checkCore } from './check_core.mjs';
import { checkCrm } from './check_crm.mjs';
import { checkHr } from './check_hr.mjs';
import { checkInventory } from './check_inventory.mjs';
import { checkInvoicing } from './check_invoicing.mjs';
import { checkOrders } from './check_orders.mjs';
import { checkPayroll } from './check_payroll.mjs';
import { checkTesting } from './check_testing.mjs';
import { Database } from './database.mjs';
import * as expect from './expect.mjs';
import { Host } from './host.mjs';

const [out = 'build/modules', target = 'sqlite'] = process.argv.slice(2);
const database = new Database(target);
const host = new Host(database);

function step(name, check) {
  const before = expect.checked;
  check();
  console.log(`${name.padEnd(12)} ${expect.checked - before} checks`);
}

function loaded(name, check) {
  step(name, () => {
    expect.same(host.load(path.join(out, name)), null, `${name} migrates`);
    check(host);
  });
}

try {
  loaded('core', checkCore);
  loaded('crm', checkCrm);
  loaded('inventory', checkInventory);
  loaded('accounting', checkAccounting);
  loaded('invoicing', checkInvoicing);
  step('orders', () => checkOrders(host));
  loaded('hr', checkHr);
  loaded('payroll', checkPayroll);
  step('testing', () => checkTesting(host, (name) => host.load(path.join(`${out}-testing`, name))));
} catch (error) {
  console.error(error);
  for (const line of host.logged.slice(-5)) {
    console.error(`log: [${line.module}] ${line.text}`);
  }
  process.exitCode = 1;
} finally {
  database.close();
}
