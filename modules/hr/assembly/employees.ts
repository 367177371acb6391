// SPDX-License-Identifier: Apache-2.0
// Employees.
import { Fields, Json, Request, Response, Result, canonicalUuid, execute } from "../../sdk/as";
import { answerRow, listRows, showRow, taken } from "./rows";

const COLUMNS = "id, number, name, department_id, created_at, updated_at";

/** `?department_id=` narrows. */
export function listEmployees(request: Request): Response {
  if (!request.hasQuery("department_id")) {
    return listRows(request, COLUMNS, "employee", "deleted_at IS NULL", [], "number");
  }
  const department = canonicalUuid(request.query("department_id"));
  if (department == null) {
    return Response.refuse(400, "INVALID_QUERY", "department_id must be a UUID");
  }
  return listRows(
    request, COLUMNS, "employee", "deleted_at IS NULL AND department_id = $1", [Json.string(department)], "number");
}

export function getEmployee(request: Request): Response {
  return showRow(request, COLUMNS, "employee", "employee");
}

export function createEmployee(request: Request): Response {
  return write(request, null);
}

export function updateEmployee(request: Request): Response {
  const id = request.id("id");
  return id == null ? Response.notFound("employee") : write(request, id);
}

function write(request: Request, id: string | null): Response {
  const fields = new Fields(request.body, ["number", "name", "department_id"]);
  const number = fields.text("number", 20);
  const name = fields.text("name", 200);
  const departmentId = fields.uuid("department_id");
  if (!isNumber(number)) {
    fields.invalid("number", "must be letters, digits and -");
  }
  if (fields.failure) {
    return fields.failure!;
  }
  const params = [Json.string(number.toUpperCase()), Json.string(name), Json.string(departmentId)];
  if (id != null) {
    params.push(Json.string(id));
  }
  const stored = taken(
    execute(id == null
      ? "INSERT INTO employee (number, name, department_id) VALUES ($1, $2, $3) RETURNING " + COLUMNS
      : "UPDATE employee SET number = $1, name = $2, department_id = $3, updated_at = current_timestamp WHERE id = $4 " +
        "RETURNING " + COLUMNS,
    params),
    "EMPLOYEE_NUMBER_TAKEN", "another employee has this number");
  if (stored.failure && stored.failure!.body.get("code").text == "FOREIGN_KEY_VIOLATION") {
    return Response.refuse(409, "DEPARTMENT_NOT_FOUND", "the employee's department does not exist");
  }
  return answerRow(stored, "employee", id == null ? "/api/hr/employees/" : "");
}

/** Letters, digits and -, so that a number can stand in an address: pages of salaries go on behind one. */
export function isNumber(text: string): bool {
  for (let index = 0; index < text.length; ++index) {
    const unit = text.charCodeAt(index);
    const letter = (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a);
    if (!letter && !(unit >= 0x30 && unit <= 0x39) && unit != 0x2d) {
      return false;
    }
  }
  return true;
}

/** Takes the employee's row until the end of the transaction: what may not overlap is then looked at by one request at a time. */
export function hold(employeeId: string): Result {
  const held = execute(
    "UPDATE employee SET updated_at = current_timestamp WHERE id = $1 RETURNING id", [Json.string(employeeId)]);
  if (held.failure == null && held.rows.length == 0) {
    held.failure = Response.notFound("employee");
  }
  return held;
}
