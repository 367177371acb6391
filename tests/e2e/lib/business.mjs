// SPDX-License-Identifier: Apache-2.0
// For the business story: a client that gives way to others, and pay worked out from the words of modules/payroll/README.md alone.
import { assert, dataOf } from "./check.mjs";
import { sleep } from "./server.mjs";

/** What says "somebody else was in the way": the request was rolled back whole, and the same one may succeed now. */
const passing = new Set(["BUSY", "TRANSACTION_ABORTED", "UNAVAILABLE", "ACCOUNT_CODE_TAKEN"]);
const attempts_max = 60;

export class Client {
  retries = 0;

  constructor(server) {
    this.server = server;
  }

  /** The last answer to a request that is sent again while it is in somebody's way. */
  async send(method, target, body) {
    for (let attempt = 1; ; ++attempt) {
      const answer = await this.server.request(method, `/api${target}`, body);
      if (answer.status < 400 || !passing.has(answer.json?.error?.code)) return answer;
      assert.ok(attempt < attempts_max, `${method} ${target} was in somebody's way ${attempts_max} times: ${answer.text}`);
      ++this.retries;
      await sleep(Math.random() * Math.min(400, 10 * attempt));
    }
  }

  async get(target) {
    return dataOf(await this.send("GET", target));
  }
  async make(target, body) {
    return dataOf(await this.send("POST", target, body), 201);
  }
  async act(target, body) {
    return dataOf(await this.send("POST", target, body));
  }

  /** Expects this refusal. */
  async refused(code, method, target, body) {
    const answer = await this.send(method, target, body);
    assert.equal(answer.json?.error?.code, code, `${method} ${target}: ${answer.text}`);
    assert.ok(answer.status >= 400 && answer.status < 500, answer.text);
  }

  /** Sends the same twice at once: one must succeed, the other be refused with `code`. Gives the data of the one. */
  async once(code, target, body) {
    const answers = await Promise.all([this.send("POST", target, body), this.send("POST", target, body)]);
    const [winner, loser] = answers[0].status < 400 ? answers : answers.reverse();
    assert.equal(loser.json?.error?.code, code, `${target} twice: ${winner.text} and ${loser.text}`);
    return dataOf(winner, winner.status === 201 ? 201 : 200);
  }

  /** Every item of a list, page by page. */
  async all(target) {
    const items = [];
    for (let total = 1; items.length < total;) {
      const page = await this.get(`${target}?limit=200&offset=${items.length}`);
      total = page.total;
      assert.ok(page.items.length > 0 || total === 0, `${target}: a page is empty before the list has ended`);
      items.push(...page.items);
    }
    return items;
  }
}

const halfUp = (numerator, denominator) => Number((2n * numerator + denominator) / (2n * denominator));

/** The days from `first` to `last`, both included, as texts; what has no end is followed to the end of 2026. */
function daysOf({ starts_on, ends_on }) {
  const days = [];
  for (let day = new Date(`${starts_on}T00:00:00Z`); ; day.setUTCDate(day.getUTCDate() + 1)) {
    const text = day.toISOString().slice(0, 10);
    if (text > (ends_on ?? "2026-12-31")) return days;
    days.push(text);
  }
}

/** {gross, tax, net} in cents of one employee, counted day by day. */
export function payOf({ contracts, unpaid }, month) {
  const calendar = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate();
  const away = new Set(unpaid.flatMap(daysOf));
  let gross = 0;
  for (const contract of contracts) {
    const paid = daysOf(contract).filter((day) => day.startsWith(month) && !away.has(day)).length;
    gross += halfUp(BigInt(contract.monthly_salary_cents) * BigInt(paid), BigInt(calendar));
  }
  // Cent by cent would be the definition; bracket by bracket is the same sum.
  const part = (above, upTo) => BigInt(Math.max(0, Math.min(gross, upTo) - above));
  const tax = halfUp(18n * part(1200_00, 3000_00) + 30n * part(3000_00, 6000_00) + 42n * part(6000_00, Infinity), 100n);
  return { gross, tax, net: gross - tax };
}
