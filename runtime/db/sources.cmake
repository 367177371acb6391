# SPDX-License-Identifier: Apache-2.0
# Databases, schemas, migrations, and the vetting of guests' SQL. Knows no WebAssembly.
ingot_runtime_library(db
  SOURCES
    db/reserved_words.cpp
    db/schema.cpp
    db/params.cpp
    db/decimal.cpp
    db/exact_sum.cpp
    db/like.cpp
    db/values.cpp
    db/migrate_parse.cpp
    db/migrate_ops.cpp
    db/model.cpp
    db/ddl.cpp
    db/ddl_sqlite.cpp
    db/ddl_postgres.cpp
    db/migrate.cpp
    db/rollback.cpp
    db/accounts.cpp
    db/sql_scan.cpp
    db/sql_text.cpp
    db/sql_rewrite.cpp
    db/vet.cpp
    db/vet_statement.cpp
    db/vet_relation.cpp
    db/vet_expression.cpp
    db/sqlite_policy.cpp
    db/sqlite.cpp
    db/postgres_values.cpp
    db/postgres.cpp
    db/pool.cpp
  PRIVATE nlohmann_json::nlohmann_json OpenSSL::Crypto SQLite::SQLite3 PostgreSQL::PostgreSQL ${PG_QUERY_LIBRARY})
