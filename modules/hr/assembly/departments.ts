// SPDX-License-Identifier: Apache-2.0
// Departments, each perhaps of one of core's companies.
import { Fields, Json, Request, Response, call, execute } from "../../sdk/as";
import { answerRow, listRows, showRow, taken } from "./rows";

const COLUMNS = "id, name, company_id, created_at, updated_at";

export function listDepartments(request: Request): Response {
  return listRows(request, COLUMNS, "department", "deleted_at IS NULL", [], "name");
}

export function getDepartment(request: Request): Response {
  return showRow(request, COLUMNS, "department", "department");
}

export function createDepartment(request: Request): Response {
  return write(request, null);
}

export function updateDepartment(request: Request): Response {
  const id = request.id("id");
  return id == null ? Response.notFound("department") : write(request, id);
}

function write(request: Request, id: string | null): Response {
  const fields = new Fields(request.body, ["name", "company_id"]);
  const name = fields.text("name", 200);
  const companyId = fields.has("company_id") ? fields.uuid("company_id") : "";
  if (fields.failure) {
    return fields.failure!;
  }
  const params = [Json.string(name), companyId.length == 0 ? Json.nothing() : Json.string(companyId)];
  if (id != null) {
    params.push(Json.string(id));
  }
  const stored = taken(
    execute(id == null
      ? "INSERT INTO department (name, company_id) VALUES ($1, $2) RETURNING " + COLUMNS
      : "UPDATE department SET name = $1, company_id = $2, updated_at = current_timestamp WHERE id = $3 RETURNING " + COLUMNS,
    params),
    "DEPARTMENT_NAME_TAKEN", "another department has this name");
  if (stored.failure == null && companyId.length > 0) {
    const answer = call("core", "GET", "/companies/" + companyId);
    if (answer.failure) {
      return answer.failure!;
    }
    if (answer.refused) {
      return Response.refuse(409, "COMPANY_NOT_FOUND", "the department's company does not exist");
    }
  }
  return answerRow(stored, "department", id == null ? "/api/hr/departments/" : "");
}
