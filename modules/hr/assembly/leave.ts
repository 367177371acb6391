// SPDX-License-Identifier: Apache-2.0
// Leave: requested, then approved or rejected. Approved leave of one employee never overlaps.
import { Fields, Json, Request, Response, canonicalUuid, execute, query } from "../../sdk/as";
import { hold } from "./employees";
import { answerRow, listRows, showRow } from "./rows";

const COLUMNS = "id, employee_id, kind, starts_on, ends_on, status, created_at, updated_at";
const STATUSES = ["requested", "approved", "rejected"];

/** `?employee_id=` and `?status=` narrow. */
export function listLeave(request: Request): Response {
  let condition = "deleted_at IS NULL";
  const params: Json[] = [];
  if (request.hasQuery("employee_id")) {
    const employee = canonicalUuid(request.query("employee_id"));
    if (employee == null) {
      return Response.refuse(400, "INVALID_QUERY", "employee_id must be a UUID");
    }
    params.push(Json.string(employee));
    condition += " AND employee_id = $" + params.length.toString();
  }
  if (request.hasQuery("status")) {
    const status = request.query("status");
    if (STATUSES.indexOf(status) < 0) {
      return Response.refuse(400, "INVALID_QUERY", "status must be one of " + STATUSES.join(", "));
    }
    params.push(Json.string(status));
    condition += " AND status = $" + params.length.toString();
  }
  return listRows(request, COLUMNS, "leave_request", condition, params, "starts_on, id");
}

export function getLeave(request: Request): Response {
  return showRow(request, COLUMNS, "leave_request", "leave request");
}

export function createLeave(request: Request): Response {
  const fields = new Fields(request.body, ["employee_id", "kind", "starts_on", "ends_on"]);
  const employeeId = fields.uuid("employee_id");
  const kind = fields.choice("kind", ["vacation", "sick", "unpaid"]);
  const startsOn = fields.date("starts_on");
  const endsOn = fields.date("ends_on");
  if (endsOn < startsOn) {
    fields.invalid("ends_on", "must not be before starts_on");
  }
  if (fields.failure) {
    return fields.failure!;
  }
  const stored = execute(
    "INSERT INTO leave_request (employee_id, kind, starts_on, ends_on) VALUES ($1, $2, $3, $4) RETURNING " + COLUMNS,
    [Json.string(employeeId), Json.string(kind), Json.string(startsOn), Json.string(endsOn)]);
  if (stored.failure && stored.failure!.body.get("code").text == "FOREIGN_KEY_VIOLATION") {
    return Response.refuse(409, "EMPLOYEE_NOT_FOUND", "the employee does not exist");
  }
  return answerRow(stored, "leave request", "/api/hr/leave-requests/");
}

export function approve(request: Request): Response {
  return decide(request, "approved");
}

export function reject(request: Request): Response {
  return decide(request, "rejected");
}

function decide(request: Request, status: string): Response {
  const id = request.id("id");
  if (id == null) {
    return Response.notFound("leave request");
  }
  const decided = execute(
    "UPDATE leave_request SET status = $2, updated_at = current_timestamp WHERE id = $1 AND status = 'requested' RETURNING " +
      COLUMNS,
    [Json.string(id), Json.string(status)]);
  if (decided.failure) {
    return decided.failure!;
  }
  if (decided.rows.length == 0) {
    const now = showRow(request, COLUMNS, "leave_request", "leave request");
    return now.status != 200
      ? now
      : Response.refuse(409, "LEAVE_NOT_REQUESTED", "the request is " + now.body.get("status").text);
  }
  return status == "approved" ? withoutOverlap(decided.first) : Response.ok(decided.first);
}

/** The leave that was just approved, unless other approved leave lies in its time: then the refusal undoes the approval. */
function withoutOverlap(leave: Json): Response {
  const held = hold(leave.get("employee_id").text);
  if (held.failure) {
    return held.failure!;
  }
  const others = query(
    "SELECT id FROM leave_request WHERE employee_id = $1 AND id <> $2 AND status = 'approved' " +
      "AND starts_on <= $4 AND ends_on >= $3",
    [leave.get("employee_id"), leave.get("id"), leave.get("starts_on"), leave.get("ends_on")]);
  if (others.failure) {
    return others.failure!;
  }
  return others.rows.length == 0
    ? Response.ok(leave)
    : Response.refuse(409, "LEAVE_OVERLAPS", "the employee has approved leave in that time");
}
