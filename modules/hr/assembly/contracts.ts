// SPDX-License-Identifier: Apache-2.0
// Contracts: from a day on, perhaps to a day, at a monthly salary. Those of one employee never overlap.
import { Fields, Json, Request, Response, execute, query } from "../../sdk/as";
import { hold } from "./employees";
import { answerRow, listRows, showRow } from "./rows";

const COLUMNS = "id, employee_id, starts_on, ends_on, monthly_salary_cents, created_at, updated_at";
/** Ten million a month. A million such contracts still fit 64 bits. */
const SALARY_CENTS_MAX: i64 = 1_000_000_000;
/** For questions about a contract without an end. */
const LAST_DAY = "9999-12-31";

export function listContracts(request: Request): Response {
  const id = request.id("id");
  if (id == null) {
    return Response.notFound("employee");
  }
  return listRows(request, COLUMNS, "employment_contract", "employee_id = $1", [Json.string(id)], "starts_on");
}

export function getContract(request: Request): Response {
  return showRow(request, COLUMNS, "employment_contract", "contract");
}

export function createContract(request: Request): Response {
  const employeeId = request.id("id");
  if (employeeId == null) {
    return Response.notFound("employee");
  }
  const fields = new Fields(request.body, ["starts_on", "ends_on", "monthly_salary_cents"]);
  const startsOn = fields.date("starts_on");
  const endsOn = fields.has("ends_on") ? fields.date("ends_on") : "";
  const salaryCents = fields.integer("monthly_salary_cents", 1, SALARY_CENTS_MAX);
  if (endsOn.length > 0 && endsOn < startsOn) {
    fields.invalid("ends_on", "must not be before starts_on");
  }
  if (fields.failure) {
    return fields.failure!;
  }
  const held = hold(employeeId);
  if (held.failure) {
    return held.failure!;
  }
  const others = query(
    "SELECT id FROM employment_contract WHERE employee_id = $1 AND starts_on <= $3 AND (ends_on IS NULL OR ends_on >= $2)",
    [Json.string(employeeId), Json.string(startsOn), Json.string(endsOn.length > 0 ? endsOn : LAST_DAY)]);
  if (others.failure) {
    return others.failure!;
  }
  if (others.rows.length > 0) {
    return Response.refuse(409, "CONTRACT_OVERLAPS", "the employee has a contract in that time");
  }
  const stored = execute(
    "INSERT INTO employment_contract (employee_id, starts_on, ends_on, monthly_salary_cents) VALUES ($1, $2, $3, $4) " +
      "RETURNING " + COLUMNS,
    [
      Json.string(employeeId), Json.string(startsOn), endsOn.length > 0 ? Json.string(endsOn) : Json.nothing(),
      Json.integer(salaryCents),
    ]);
  return answerRow(stored, "contract", "/api/hr/contracts/");
}

/** Only ever makes a contract shorter: a longer one could run into the next. */
export function endContract(request: Request): Response {
  const id = request.id("id");
  if (id == null) {
    return Response.notFound("contract");
  }
  const fields = new Fields(request.body, ["ends_on"]);
  const endsOn = fields.date("ends_on");
  if (fields.failure) {
    return fields.failure!;
  }
  const ended = execute(
    "UPDATE employment_contract SET ends_on = $2, updated_at = current_timestamp " +
      "WHERE id = $1 AND starts_on <= $2 AND (ends_on IS NULL OR ends_on >= $2) RETURNING " + COLUMNS,
    [Json.string(id), Json.string(endsOn)]);
  if (ended.failure == null && ended.rows.length == 0) {
    const now = getContract(request);
    return now.status == 200 ? Response.refuse(409, "DAY_OUTSIDE_CONTRACT", "the day must lie in the contract's time") : now;
  }
  return answerRow(ended, "contract");
}
