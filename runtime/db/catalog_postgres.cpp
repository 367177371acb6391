// SPDX-License-Identifier: Apache-2.0
// PostgreSQL spells every definition out itself. Names of the schema are left out of them by making it the search path, so that the
// same tables in two schemas read the same.
#include "db/catalog.hpp"
#include "db/migrate_history.hpp"
#include "db/sql_text.hpp"

namespace ingot::db {
namespace {

/// Rows of table, column, what, definition. $1 is the schema's name.
constexpr const char* description = R"sql(
WITH t AS (SELECT c.oid, c.relname::text AS name, c.relkind, c.relrowsecurity, c.relpersistence FROM pg_class c
           JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f'))
SELECT name, '', 'table', CASE WHEN relkind = 'r' AND relpersistence = 'p' THEN '' ELSE 'of kind ' || relkind::text || relpersistence::text END
       || CASE WHEN relrowsecurity THEN 'under row security' ELSE '' END FROM t
UNION ALL
SELECT t.name, a.attname::text, 'column',
       format_type(a.atttypid, a.atttypmod) || CASE WHEN l.collname IS NULL OR l.collname = 'default' THEN '' ELSE ' COLLATE ' || l.collname::text END
       || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
       || CASE WHEN a.attidentity::text || a.attgenerated::text = '' THEN '' ELSE ' GENERATED' END
FROM t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
     LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum LEFT JOIN pg_collation l ON l.oid = a.attcollation
UNION ALL
SELECT t.name, coalesce(a.attname::text, ''), 'constraint ' || k.conname::text,
       pg_get_constraintdef(k.oid) || CASE WHEN k.convalidated THEN '' ELSE ' (never validated)' END
FROM t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype IN ('c', 'f', 'p', 'u', 'x')
     LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND array_length(k.conkey, 1) = 1 AND a.attnum = k.conkey[1]
UNION ALL
SELECT t.name, '', 'index ' || i.relname::text, CASE WHEN x.indisunique THEN 'UNIQUE' ELSE '' END
       || coalesce(substring(pg_get_indexdef(x.indexrelid) from ' USING .*'), '') || CASE WHEN x.indisvalid THEN '' ELSE ' (not valid)' END
FROM t JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class i ON i.oid = x.indexrelid
UNION ALL
SELECT t.name, '', 'trigger ' || g.tgname::text, pg_get_triggerdef(g.oid) FROM t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
)sql";

}  // namespace

Result<Catalog> postgres_catalog(Connection& connection, const std::string& schema) {
  INGOT_TRY_VOID(connection.run({"SET LOCAL search_path TO " + quoted_identifier(schema)}));
  INGOT_TRY(const auto rows, connection.run({description}, std::vector{text_param(schema)}));
  Catalog catalog;
  for (const HostRow& row : rows) {
    catalog[{row.at(0).value_or(""), row.at(1).value_or(""), row.at(2).value_or("")}] = row.at(3).value_or("");
  }
  return catalog;
}

}  // namespace ingot::db
