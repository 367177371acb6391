// SPDX-License-Identifier: Apache-2.0
// The module's tables. `contact_id`, `order_id` and `entry_id` name rows of other modules, so they are no references here: those modules
// are asked. `number_series` hands out numbers without gaps: a rolled-back invoice gives its number back.
export const MIGRATIONS = `[
  {"entity": "invoice", "version": 1, "operations": [
    {"type": "create_table", "table": "invoice", "columns": [
      {"name": "number", "sql_type": "VARCHAR(32)", "unique": true},
      {"name": "contact_id", "sql_type": "UUID", "nullable": false},
      {"name": "status", "sql_type": "VARCHAR(16)", "nullable": false, "default": "draft",
       "check_in": ["draft", "issued", "paid"]},
      {"name": "total_cents", "sql_type": "BIGINT", "nullable": false, "default": 0},
      {"name": "issued_at", "sql_type": "TIMESTAMPTZ"},
      {"name": "paid_at", "sql_type": "TIMESTAMPTZ"},
      {"name": "entry_id", "sql_type": "UUID"}]},
    {"type": "create_table", "table": "invoice_line", "columns": [
      {"name": "invoice_id", "sql_type": "UUID", "nullable": false, "references": {"table": "invoice"}},
      {"name": "line_number", "sql_type": "INTEGER", "nullable": false},
      {"name": "description", "sql_type": "VARCHAR(300)", "nullable": false},
      {"name": "quantity", "sql_type": "INTEGER", "nullable": false},
      {"name": "unit_price_cents", "sql_type": "BIGINT", "nullable": false}]},
    {"type": "create_table", "table": "number_series", "columns": [
      {"name": "name", "sql_type": "VARCHAR(32)", "nullable": false, "unique": true},
      {"name": "last_number", "sql_type": "BIGINT", "nullable": false}]},
    {"type": "create_index", "table": "invoice", "columns": ["contact_id"], "unique": false},
    {"type": "create_index", "table": "invoice_line", "columns": ["invoice_id", "line_number"], "unique": true}]},
  {"entity": "invoice_of_order", "version": 2, "operations": [
    {"type": "add_column", "table": "invoice", "column": "order_id", "sql_type": "UUID"},
    {"type": "create_index", "table": "invoice", "columns": ["order_id"], "unique": true}]}
]`;
