// SPDX-License-Identifier: Apache-2.0
// The tables. A version that was applied never changes; what is new gets a new version.
export const MIGRATIONS = `[
  {"entity": "@NAME@_item", "version": 1, "operations": [
    {"type": "create_table", "table": "@NAME@_item", "columns": [
      {"name": "name", "sql_type": "VARCHAR(120)", "nullable": false},
      {"name": "quantity", "sql_type": "INTEGER", "nullable": false, "default": 0},
      {"name": "version", "sql_type": "INTEGER", "nullable": false, "default": 1}]},
    {"type": "create_index", "table": "@NAME@_item", "columns": ["name"]}]}
]`;
