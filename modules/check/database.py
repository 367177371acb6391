# SPDX-License-Identifier: Apache-2.0
"""The database of check.mjs: one connection, driven line by line through two named pipes.

    database.py sqlite FILE IN OUT        database.py postgres CONNINFO IN OUT

A request is {"sql": text, "params": JSON text, "guest": bool}. The answer is {"ok": true, "text": ...}, the result as the
contract writes it, or {"ok": false, "code": ..., "message": ...}. Results travel as text, so that no number passes through a
JavaScript double. PostgreSQL is reached through libpq by ctypes; parameters go untyped, as the runtime sends them.
"""
import ctypes
import ctypes.util
import datetime
import json
import re
import sqlite3
import sys


class Failed(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def as_text(value):
    """Arrays and objects bind as JSON text."""
    return json.dumps(value) if isinstance(value, (list, dict)) else value


def moment(value):
    """A time as the contract shows it: 2026-01-31T12:00:00.000Z."""
    parsed = datetime.datetime.fromisoformat(re.sub(r"Z$", "+00:00", value.replace(" ", "T")))
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=datetime.timezone.utc)
    parsed = parsed.astimezone(datetime.timezone.utc)
    return parsed.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (parsed.microsecond // 1000)


class Sqlite:
    def __init__(self, path):
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA foreign_keys = ON")

    # SQLite forgets what a BOOLEAN or a JSONB is, above all behind RETURNING; the check's column names say it again.
    shown = {
        "active": lambda value: value if value is None else bool(value),
        "value": lambda value: value if value is None else json.loads(value),
        "tags": lambda value: value if value is None else json.loads(value),
    }

    def run(self, sql, params, guest):
        try:
            cursor = self.connection.execute(re.sub(r"\$(\d+)", r"?\1", sql), [as_text(value) for value in params])
            names = [column[0] for column in cursor.description or []]
            rows = [self.row(names, row) if guest else dict(zip(names, row)) for row in cursor.fetchall()]
            return rows, max(cursor.rowcount, 0), bool(names)
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise Failed(self.code(str(error)), str(error)) from error

    def row(self, names, row):
        shown = {}
        for name, value in zip(names, row):
            if name in self.shown:
                value = self.shown[name](value)
            elif name.endswith("_at") and value is not None:
                value = moment(value)
            shown[name] = value
        return shown

    @staticmethod
    def code(message):
        for word, code in (("UNIQUE", "UNIQUE_VIOLATION"), ("FOREIGN KEY", "FOREIGN_KEY_VIOLATION"),
                           ("NOT NULL", "NOT_NULL_VIOLATION"), ("CHECK", "CHECK_VIOLATION")):
            if message.startswith(word + " constraint"):
                return code
        return "INVALID_SQL"


class Postgres:
    states = {"23505": "UNIQUE_VIOLATION", "23503": "FOREIGN_KEY_VIOLATION", "23502": "NOT_NULL_VIOLATION",
              "23514": "CHECK_VIOLATION", "22P02": "INVALID_PARAMS", "22007": "INVALID_PARAMS", "22008": "INVALID_PARAMS",
              "25P02": "TRANSACTION_ABORTED", "22001": "CHECK_VIOLATION"}

    def __init__(self, conninfo):
        self.pq = ctypes.CDLL(ctypes.util.find_library("pq") or "libpq.so.5")
        for name in ("PQconnectdb", "PQexecParams"):
            getattr(self.pq, name).restype = ctypes.c_void_p
        for name in ("PQfname", "PQgetvalue", "PQresultErrorField", "PQcmdTuples", "PQerrorMessage"):
            getattr(self.pq, name).restype = ctypes.c_char_p
        self.connection = ctypes.c_void_p(self.pq.PQconnectdb(conninfo.encode()))
        if self.pq.PQstatus(self.connection) != 0:
            sys.exit(self.pq.PQerrorMessage(self.connection).decode())
        self.run("SET TIME ZONE 'UTC'", [], False)

    def run(self, sql, params, guest):
        texts = [self.text(value) for value in params]
        values = (ctypes.c_char_p * max(len(texts), 1))(*texts)
        result = ctypes.c_void_p(self.pq.PQexecParams(self.connection, sql.encode(), len(texts), None, values, None, None, 0))
        try:
            if self.pq.PQresultStatus(result) not in (1, 2):  # a command, rows
                state = (self.pq.PQresultErrorField(result, ord("C")) or b"").decode()
                message = (self.pq.PQresultErrorField(result, ord("M")) or b"").decode()
                raise Failed(self.states.get(state, "INVALID_SQL"), message + " [" + state + "]")
            columns = range(self.pq.PQnfields(result))
            rows = [{self.pq.PQfname(result, column).decode(): self.value(result, row, column) for column in columns}
                    for row in range(self.pq.PQntuples(result))]
            return rows, int(self.pq.PQcmdTuples(result) or 0), len(columns) > 0
        finally:
            self.pq.PQclear(result)

    @staticmethod
    def text(value):
        if value is None:
            return None
        return (value if isinstance(value, str) else json.dumps(value)).encode()

    def value(self, result, row, column):
        if self.pq.PQgetisnull(result, row, column):
            return None
        text = self.pq.PQgetvalue(result, row, column).decode()
        oid = self.pq.PQftype(result, column)
        if oid == 16:
            return text == "t"
        if oid in (20, 21, 23):
            return int(text)
        if oid in (700, 701):
            return float(text)
        if oid in (114, 3802):
            return json.loads(text)
        return moment(re.sub(r"\+00$", "+00:00", text)) if oid == 1184 else text


def main():
    kind, where, requests, answers = sys.argv[1:]
    database = Sqlite(where) if kind == "sqlite" else Postgres(where)
    with open(requests, encoding="utf-8") as lines, open(answers, "w", encoding="utf-8") as out:
        for line in lines:
            request = json.loads(line)
            try:
                params = json.loads(request["params"]) if request["params"] else []
                rows, affected, has_rows = database.run(request["sql"], params, request["guest"])
                result = {"rows_affected": affected, "rows": rows}
                answer = {"ok": True, "text": json.dumps(result, ensure_ascii=False), "has_rows": has_rows}
            except Failed as error:
                answer = {"ok": False, "code": error.code, "message": str(error)}
            out.write(json.dumps(answer) + "\n")
            out.flush()


main()
