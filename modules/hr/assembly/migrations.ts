// SPDX-License-Identifier: Apache-2.0
// The module's tables. `company_id` names a row of core's, so it is no reference here.
export const MIGRATIONS = `[
  {"entity": "employee", "version": 1, "operations": [
    {"type": "create_table", "table": "department", "columns": [
      {"name": "name", "sql_type": "VARCHAR(200)", "nullable": false, "unique": true},
      {"name": "company_id", "sql_type": "UUID"}]},
    {"type": "create_table", "table": "employee", "columns": [
      {"name": "number", "sql_type": "VARCHAR(20)", "nullable": false, "unique": true},
      {"name": "name", "sql_type": "VARCHAR(200)", "nullable": false},
      {"name": "department_id", "sql_type": "UUID", "nullable": false, "references": {"table": "department"}}]},
    {"type": "create_table", "table": "employment_contract", "columns": [
      {"name": "employee_id", "sql_type": "UUID", "nullable": false, "references": {"table": "employee"}},
      {"name": "starts_on", "sql_type": "DATE", "nullable": false},
      {"name": "ends_on", "sql_type": "DATE"},
      {"name": "monthly_salary_cents", "sql_type": "BIGINT", "nullable": false}]},
    {"type": "create_table", "table": "leave_request", "columns": [
      {"name": "employee_id", "sql_type": "UUID", "nullable": false, "references": {"table": "employee"}},
      {"name": "kind", "sql_type": "VARCHAR(16)", "nullable": false, "check_in": ["vacation", "sick", "unpaid"]},
      {"name": "starts_on", "sql_type": "DATE", "nullable": false},
      {"name": "ends_on", "sql_type": "DATE", "nullable": false},
      {"name": "status", "sql_type": "VARCHAR(16)", "nullable": false, "default": "requested",
       "check_in": ["requested", "approved", "rejected"]}]},
    {"type": "create_index", "table": "employee", "columns": ["department_id"], "unique": false},
    {"type": "create_index", "table": "employment_contract", "columns": ["employee_id", "starts_on"], "unique": true},
    {"type": "create_index", "table": "leave_request", "columns": ["employee_id"], "unique": false}]}
]`;
