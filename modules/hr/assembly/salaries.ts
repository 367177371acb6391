// SPDX-License-Identifier: Apache-2.0
// What payroll needs to know of a month. This module counts days; what they are worth is payroll's to say.
import { Json, Request, Response, dayNumber, daysOfMonth, query } from "../../sdk/as";
import { isNumber } from "./employees";

const EMPLOYEE_COUNT_MAX: i64 = 200;
const IN_FORCE = "c.starts_on <= $2 AND (c.ends_on IS NULL OR c.ends_on >= $1)";

/** Days of the calendar, the last one included. */
class Span {
  constructor(public first: i32, public last: i32) {}

  static of(row: Json): Span {
    const end = row.get("ends_on");
    return new Span(dayNumber(row.get("starts_on").text), end.missing ? i32.MAX_VALUE : dayNumber(end.text));
  }

  within(other: Span): Span {
    return new Span(max(this.first, other.first), min(this.last, other.last));
  }

  get days(): i32 {
    return max(0, this.last - this.first + 1);
  }
}

export function salaries(request: Request): Response {
  const month = request.query("month");
  const days = daysOfMonth(month);
  if (days == 0) {
    return Response.refuse(400, "INVALID_QUERY", "month must be a month like 2026-01");
  }
  const firstDay = month + "-01";
  const lastDay = month + "-" + days.toString();
  const after = request.query("after"); // "" is before every number
  if (!isNumber(after)) {
    return Response.refuse(400, "INVALID_QUERY", "after must be the number of an employee");
  }

  const employees = query(
    "SELECT e.id AS employee_id, e.number AS number, e.name AS name FROM employee e WHERE e.number > $3 " +
      "AND EXISTS (SELECT 1 FROM employment_contract c WHERE c.employee_id = e.id AND " + IN_FORCE + ") " +
      "ORDER BY e.number LIMIT $4",
    [Json.string(firstDay), Json.string(lastDay), Json.string(after), Json.integer(EMPLOYEE_COUNT_MAX)]);
  if (employees.failure) {
    return employees.failure!;
  }
  const count = employees.rows.length;
  const last = count == 0 ? after : employees.rows[count - 1].get("number").text;
  const page = [Json.string(firstDay), Json.string(lastDay), Json.string(after), Json.string(last)];
  const contracts = query(
    "SELECT c.id AS contract_id, c.employee_id AS employee_id, c.starts_on AS starts_on, c.ends_on AS ends_on, " +
      "c.monthly_salary_cents AS monthly_salary_cents FROM employment_contract c JOIN employee e ON e.id = c.employee_id " +
      "WHERE e.number > $3 AND e.number <= $4 AND " + IN_FORCE + " ORDER BY e.number, c.starts_on",
    page);
  if (contracts.failure) {
    return contracts.failure!;
  }
  const leave = query(
    "SELECT l.employee_id AS employee_id, l.starts_on AS starts_on, l.ends_on AS ends_on FROM leave_request l " +
      "JOIN employee e ON e.id = l.employee_id WHERE e.number > $3 AND e.number <= $4 AND l.kind = 'unpaid' " +
      "AND l.status = 'approved' AND l.starts_on <= $2 AND l.ends_on >= $1",
    page);
  if (leave.failure) {
    return leave.failure!;
  }

  const span = new Span(dayNumber(firstDay), dayNumber(lastDay));
  for (let index = 0; index < count; ++index) {
    const employee = employees.rows[index];
    employee.set("contracts", contractsOf(employee.get("employee_id").text, contracts.rows, leave.rows, span));
  }
  return Response.ok(Json.object()
    .set("month", Json.string(month)).set("days_in_month", Json.integer(days))
    .set("items", Json.array(employees.rows))
    .set("next", <i64>count == EMPLOYEE_COUNT_MAX ? Json.string(last) : Json.nothing()));
}

function contractsOf(employeeId: string, contracts: Json[], leave: Json[], month: Span): Json {
  const found = Json.array();
  for (let index = 0; index < contracts.length; ++index) {
    const contract = contracts[index];
    if (contract.get("employee_id").text != employeeId) {
      continue;
    }
    const span = Span.of(contract).within(month);
    let unpaid = 0;
    for (let other = 0; other < leave.length; ++other) {
      if (leave[other].get("employee_id").text == employeeId) {
        unpaid += Span.of(leave[other]).within(span).days;
      }
    }
    found.push(Json.object()
      .set("contract_id", contract.get("contract_id"))
      .set("monthly_salary_cents", contract.get("monthly_salary_cents"))
      .set("days_employed", Json.integer(span.days)).set("days_unpaid", Json.integer(unpaid)));
  }
  return found;
}
