// SPDX-License-Identifier: Apache-2.0
// Migration texts to SQL, just far enough for the modules here. The runtime's own translator is the real one.

const SQLITE_UUID =
  "(lower(hex(randomblob(4))||'-'||hex(randomblob(2))||'-4'||substr(hex(randomblob(2)),2)||'-a'||" +
  "substr(hex(randomblob(2)),2)||'-'||hex(randomblob(6))))";

const BASE = {
  sqlite: [
    `id TEXT PRIMARY KEY NOT NULL DEFAULT ${SQLITE_UUID}`,
    "created_at TIMESTAMPTZ NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))",
    "updated_at TIMESTAMPTZ NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))",
    'deleted_at TIMESTAMPTZ',
  ],
  postgres: [
    'id UUID PRIMARY KEY DEFAULT gen_random_uuid()',
    'created_at TIMESTAMPTZ NOT NULL DEFAULT now()',
    'updated_at TIMESTAMPTZ NOT NULL DEFAULT now()',
    'deleted_at TIMESTAMPTZ',
  ],
};

const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

function literal(value) {
  if (typeof value === 'object') {
    return quoted(JSON.stringify(value));
  }
  return typeof value === 'string' ? quoted(value) : String(value);
}

// SQLite takes a type name it does not know for NUMERIC, and would make the number 7 of the JSON text "7".
const SQLITE_TEXT = /^(JSONB?|UUID|DATE|TIME|TIMESTAMP|TIMESTAMPTZ|NUMERIC.*)$/;

function column(c, kind) {
  const type = kind === 'sqlite' && SQLITE_TEXT.test(c.sql_type) ? 'TEXT' : c.sql_type;
  let text = `"${c.name ?? c.column}" ${type}`;
  if (c.nullable === false) text += ' NOT NULL';
  if (c.default !== undefined) text += ` DEFAULT ${literal(c.default)}`;
  if (c.unique) text += ' UNIQUE';
  if (c.check_in) text += ` CHECK ("${c.name}" IN (${c.check_in.map(literal).join(', ')}))`;
  if (c.references) text += ` REFERENCES "${c.references.table}" ("${c.references.column ?? 'id'}")`;
  return text;
}

function statement(operation, kind) {
  const table = `"${operation.table}"`;
  switch (operation.type) {
    case 'create_table':
      return `CREATE TABLE ${table} (${[...BASE[kind], ...operation.columns.map((c) => column(c, kind))].join(', ')})`;
    case 'add_column':
      return `ALTER TABLE ${table} ADD COLUMN ${column(operation, kind)}`;
    case 'create_index': {
      const columns = operation.columns ?? [operation.column];
      const name = `idx_${operation.table}_${columns.join('_')}`;
      const list = columns.map((c) => `"${c}"`).join(', ');
      return `CREATE ${operation.unique ? 'UNIQUE ' : ''}INDEX "${name}" ON ${table} (${list})`;
    }
    default:
      throw new Error(`unknown operation ${operation.type}`);
  }
}

// Applies every version, each in a transaction of its own. Returns the first failure as text, or null.
export function migrate(database, text) {
  const parsed = JSON.parse(text);
  for (const version of Array.isArray(parsed) ? parsed : [parsed]) {
    database.must('BEGIN');
    for (const [index, operation] of version.operations.entries()) {
      const answer = database.run(statement(operation, database.kind));
      if (!answer.ok) {
        database.must('ROLLBACK');
        return `version ${version.version}, operation ${index + 1}: ${answer.message}`;
      }
    }
    database.must('COMMIT');
  }
  return null;
}
