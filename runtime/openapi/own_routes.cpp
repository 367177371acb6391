// SPDX-License-Identifier: Apache-2.0
#include "openapi/own_routes.hpp"

#include "base/check.hpp"

namespace ingot::openapi {
namespace {

constexpr std::string_view text = R"json({
"components": {
  "schemas": {
    "Json": {"anyOf": [{"type": ["null", "boolean", "number", "string"]}, {"type": "array", "items": {"$ref": "#/components/schemas/Json"}},
                       {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Json"}}]},
    "Name": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,62}$"},
    "Count": {"type": "integer", "minimum": 0},
    "KeyId": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
    "Route": {"type": "object", "required": ["method", "path"], "additionalProperties": false, "properties": {
      "method": {"enum": ["GET", "POST", "PUT", "PATCH", "DELETE"]}, "path": {"type": "string", "pattern": "^/api/"}, "permission": {"type": "string", "minLength": 1}}},
    "Module": {"type": "object", "required": ["name", "display_name", "version", "description", "author", "depends", "state", "level"], "additionalProperties": false, "properties": {
      "name": {"type": "string", "minLength": 1}, "display_name": {"type": "string"}, "version": {"type": "string"}, "description": {"type": "string"}, "author": {"type": "string"},
      "depends": {"type": "array", "items": {"type": "string"}}, "state": {"enum": ["active", "inactive", "quarantined"]}, "level": {"type": "integer", "minimum": -1},
      "reason": {"type": "string", "minLength": 1}, "change": {"enum": ["new", "changed", "unchanged"]}, "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
      "signer": {"type": "string", "pattern": "^([0-9a-f]{16})?$"}, "signers": {"type": "array", "items": {"$ref": "#/components/schemas/KeyId"}},
      "rollback": {"$ref": "#/components/schemas/Count"}, "target": {"type": "string"}, "calls": {"$ref": "#/components/schemas/Count"}, "traps": {"$ref": "#/components/schemas/Count"},
      "instances": {"$ref": "#/components/schemas/Count"}, "routes": {"type": "array", "items": {"$ref": "#/components/schemas/Route"}}, "static_files": {"type": "array", "items": {"type": "string", "pattern": "^/api/"}}}},
    "Time": {"type": "string", "format": "date-time", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$"},
    "Milliseconds": {"type": ["number", "null"], "minimum": 0, "description": "null before the first request"},
    "WatchedModule": {"type": "object", "required": ["name", "display_name", "version", "description", "author", "depends", "state", "level", "dependants"], "additionalProperties": false, "properties": {
      "name": {"type": "string", "minLength": 1}, "display_name": {"type": "string"}, "version": {"type": "string"}, "description": {"type": "string"}, "author": {"type": "string"},
      "depends": {"type": "array", "items": {"type": "string"}}, "state": {"enum": ["active", "inactive", "quarantined"]}, "level": {"type": "integer", "minimum": -1},
      "reason": {"type": "string", "minLength": 1}, "change": {"enum": ["new", "changed", "unchanged"]}, "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
      "signer": {"type": "string", "pattern": "^([0-9a-f]{16})?$"}, "signers": {"type": "array", "items": {"$ref": "#/components/schemas/KeyId"}},
      "rollback": {"$ref": "#/components/schemas/Count"}, "target": {"type": "string"}, "calls": {"$ref": "#/components/schemas/Count"}, "traps": {"$ref": "#/components/schemas/Count"},
      "instances": {"$ref": "#/components/schemas/Count"}, "routes": {"type": "array", "items": {"$ref": "#/components/schemas/Route"}}, "static_files": {"type": "array", "items": {"type": "string", "pattern": "^/api/"}},
      "dependants": {"type": "array", "items": {"type": "string"}},
      "requests": {"type": "object", "required": ["count", "failed", "p50_ms", "p99_ms", "window_s"], "additionalProperties": false, "properties": {
        "count": {"$ref": "#/components/schemas/Count"}, "failed": {"$ref": "#/components/schemas/Count"},
        "p50_ms": {"$ref": "#/components/schemas/Milliseconds"}, "p99_ms": {"$ref": "#/components/schemas/Milliseconds"}, "window_s": {"$ref": "#/components/schemas/Count"}}},
      "memory": {"type": "object", "required": ["last_bytes", "peak_bytes", "max_bytes"], "additionalProperties": false, "properties": {
        "last_bytes": {"$ref": "#/components/schemas/Count"}, "peak_bytes": {"$ref": "#/components/schemas/Count"}, "max_bytes": {"$ref": "#/components/schemas/Count"}}},
      "last_trap": {"type": ["object", "null"], "required": ["at", "reason", "backtrace"], "additionalProperties": false, "properties": {
        "at": {"$ref": "#/components/schemas/Time"}, "reason": {"type": "string", "minLength": 1}, "backtrace": {"type": "string"}}},
      "migrations": {"type": "array", "items": {"type": "object", "required": ["version", "state", "applied_at"], "additionalProperties": false, "properties": {
        "version": {"type": "integer"}, "state": {"enum": ["applied", "pending", "changed", "orphaned"]}, "applied_at": {"type": ["string", "null"], "minLength": 1}}}}}},
    "Overview": {"type": "object", "required": ["server", "caller", "modules"], "additionalProperties": false, "properties": {
      "server": {"type": "object", "required": ["version", "started_at", "requests_in_flight", "connections", "cpu_seconds", "resident_bytes", "threads", "database"], "additionalProperties": false, "properties": {
        "version": {"type": "string", "minLength": 1}, "started_at": {"$ref": "#/components/schemas/Time"}, "requests_in_flight": {"$ref": "#/components/schemas/Count"},
        "connections": {"$ref": "#/components/schemas/Count"}, "cpu_seconds": {"type": "number", "minimum": 0}, "resident_bytes": {"$ref": "#/components/schemas/Count"},
        "threads": {"$ref": "#/components/schemas/Count"},
        "database": {"type": "object", "required": ["kind", "connections", "problem"], "additionalProperties": false, "properties": {
          "kind": {"enum": ["sqlite", "postgresql"]}, "connections": {"$ref": "#/components/schemas/Count"}, "problem": {"type": ["string", "null"], "minLength": 1}}}}},
      "caller": {"type": "object", "required": ["subject", "may_manage"], "additionalProperties": false, "properties": {
        "subject": {"type": ["string", "null"]}, "may_manage": {"type": "boolean"}}},
      "modules": {"type": "array", "items": {"$ref": "#/components/schemas/WatchedModule"}}}},
    "LogLine": {"type": "object", "required": ["number", "time", "level", "message"], "additionalProperties": false, "properties": {
      "number": {"type": "integer", "minimum": 1}, "time": {"$ref": "#/components/schemas/Time"}, "level": {"enum": ["trace", "debug", "info", "warn", "error"]}, "message": {"type": "string"},
      "request_id": {"type": "string", "minLength": 1}, "tenant": {"type": "string", "minLength": 1}, "reason": {"type": "string", "minLength": 1}, "backtrace": {"type": "string", "minLength": 1}}},
    "SignIn": {"type": "object", "description": "other members are not looked at", "required": ["email", "password"], "additionalProperties": {"$ref": "#/components/schemas/Json"}, "properties": {"email": {"type": "string"}, "password": {"type": "string"}}},
    "RefreshToken": {"type": "object", "description": "the cookie counts where it is missing; other members are not looked at", "additionalProperties": {"$ref": "#/components/schemas/Json"}, "properties": {
      "refresh_token": {"type": ["string", "null"]}}},
    "Grant": {"type": "object", "required": ["access_token", "token_type", "expires_in"], "additionalProperties": false, "properties": {
      "access_token": {"type": "string", "minLength": 1}, "token_type": {"const": "Bearer"}, "expires_in": {"type": "integer", "minimum": 1}}}
  },
  "parameters": {
    "Module": {"name": "name", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/Name"}},
    "Cookie": {"name": "refresh_token", "in": "cookie", "required": false, "description": "as /api/auth/login has set it; one that is not good counts like one that has ended",
      "schema": {"type": "string"}}
  },
  "headers": {
    "SetCookie": {"description": "the refresh token, for /api/auth alone", "required": true, "schema": {"type": "string"}}
  },
  "responses": {
    "Module": {"description": "the module as it is now", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Module"}}}},
    "Uninstall": {"description": "who needs it, its tables, its files; `uninstalled` says whether it was", "content": {"application/json": {"schema": {
      "type": "object", "required": ["module", "version", "dependants", "tables", "files", "files_kept", "uninstalled"], "additionalProperties": false, "properties": {
        "module": {"$ref": "#/components/schemas/Name"}, "version": {"type": "string"}, "uninstalled": {"type": "boolean"},
        "dependants": {"type": "array", "items": {"type": "object", "required": ["name", "active"], "additionalProperties": false, "properties": {"name": {"type": "string"}, "active": {"type": "boolean"}}}},
        "tables": {"type": "array", "items": {"type": "object", "required": ["table", "rows"], "additionalProperties": false, "properties": {"table": {"type": "string"}, "rows": {"$ref": "#/components/schemas/Count"}}}},
        "files": {"type": "array", "items": {"type": "string"}}, "files_kept": {"type": "array", "items": {"type": "string"}}}}}}},
    "Grant": {"description": "an access token; the refresh token is in the cookie", "headers": {"Set-Cookie": {"$ref": "#/components/headers/SetCookie"}},
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Grant"}}}},
    "Malformed": {"description": "the body is not what it has to be", "x-codes": ["BAD_REQUEST", "INVALID_JSON"]},
    "BadQuery": {"description": "the query is not what it has to be", "x-codes": ["BAD_REQUEST"]},
    "NobodyYet": {"description": "the token is missing or not believed", "x-codes": ["UNAUTHENTICATED"]},
    "NotAllowed": {"description": "the token does not give the permission", "x-codes": ["FORBIDDEN"]},
    "NoModule": {"description": "there is no module of that name", "x-codes": ["NOT_FOUND"]},
    "NotChanged": {"description": "what serves goes on serving; the message says why", "x-codes": ["NOT_CHANGED", "HAS_DEPENDANTS"]},
    "Denied": {"description": "the account, the password or the token is not good", "x-codes": ["UNAUTHENTICATED"]},
    "TooMany": {"description": "too many attempts from one address; Retry-After says when the next counts", "x-codes": ["TOO_MANY_REQUESTS"]},
    "TooLarge": {"description": "the body has more than 4096 bytes", "x-codes": ["PAYLOAD_TOO_LARGE"]},
    "NotJson": {"description": "the body must be application/json", "x-codes": ["UNSUPPORTED_MEDIA_TYPE"]}
  }
},
"paths": {
  "/health": {"get": {"summary": "The process answers", "responses": {
    "200": {"description": "it does", "content": {"application/json": {"schema": {"type": "object", "required": ["status"], "additionalProperties": false, "properties": {"status": {"const": "ok"}}}}}}}}},
  "/ready": {"get": {"summary": "Whether requests can be served", "responses": {
    "200": {"description": "they can; `degraded` names the modules that are left out", "content": {"application/json": {"schema": {
      "type": "object", "required": ["status", "quarantined"], "additionalProperties": false, "properties": {
        "status": {"enum": ["ready", "degraded"]},
        "quarantined": {"type": "array", "items": {"type": "object", "required": ["module", "reason"], "additionalProperties": false, "properties": {
          "module": {"type": "string"}, "reason": {"type": "string", "minLength": 1}}}}}}}}}}}},
  "/metrics": {"get": {"summary": "Counts for Prometheus", "responses": {
    "200": {"description": "its text form 0.0.4", "content": {"text/plain": {"schema": {"type": "string"}}}},
    "401": {"$ref": "#/components/responses/NobodyYet"}, "403": {"$ref": "#/components/responses/NotAllowed"}}}},
  "/api/openapi.json": {"get": {"summary": "This document", "responses": {
    "200": {"description": "OpenAPI 3.1", "x-bare": true, "content": {"application/json": {"schema": {
      "type": "object", "required": ["openapi", "info", "tags", "paths", "components"], "additionalProperties": false, "properties": {
        "openapi": {"const": "3.1.0"}, "info": {"$ref": "#/components/schemas/Json"}, "tags": {"$ref": "#/components/schemas/Json"},
        "paths": {"$ref": "#/components/schemas/Json"}, "components": {"$ref": "#/components/schemas/Json"}}}}}}}}},
  "/admin": {"get": {"summary": "The admin page, which asks for /api/admin/overview; also at /admin/", "responses": {
    "200": {"description": "one page that loads nothing else", "content": {"text/html": {"schema": {"type": "string"}}}}}}},
  "/api/admin/overview": {"get": {"summary": "What the admin page shows", "responses": {
    "200": {"description": "as it is now", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Overview"}}}},
    "401": {"$ref": "#/components/responses/NobodyYet"}, "403": {"$ref": "#/components/responses/NotAllowed"}}}},
  "/api/modules": {"get": {"summary": "Every module with its state and routes", "responses": {
    "200": {"description": "sorted by name", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Module"}}}}}}}},
  "/api/plugins": {"get": {"summary": "Every plugin of the configuration with its state and routes", "responses": {
    "200": {"description": "in the order of the configuration; a quarantined one says why", "content": {"application/json": {"schema": {"type": "array", "items": {
      "type": "object", "required": ["name", "state", "pool", "keep_state", "host_functions", "routes"], "additionalProperties": false, "properties": {
        "name": {"$ref": "#/components/schemas/Name"}, "state": {"enum": ["active", "quarantined"]}, "reason": {"type": "string", "minLength": 1}, "pool": {"type": "integer", "minimum": 1},
        "keep_state": {"type": "boolean"}, "host_functions": {"type": "array", "items": {"type": "string"}}, "digests": {"type": "array", "items": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
        "instances": {"$ref": "#/components/schemas/Count"}, "at_rest": {"$ref": "#/components/schemas/Count"}, "timeout_ms": {"$ref": "#/components/schemas/Count"},
        "routes": {"type": "array", "items": {"type": "object", "required": ["method", "path", "function"], "additionalProperties": false, "properties": {
          "method": {"enum": ["GET", "POST", "PUT", "PATCH", "DELETE"]}, "path": {"type": "string", "pattern": "^/api/"}, "function": {"type": "string", "minLength": 1}, "permission": {"type": "string", "minLength": 1}}}},
        "calls": {"type": "object", "required": ["ok", "error", "trap", "timeout", "busy"], "additionalProperties": false, "properties": {
          "ok": {"$ref": "#/components/schemas/Count"}, "error": {"$ref": "#/components/schemas/Count"}, "trap": {"$ref": "#/components/schemas/Count"},
          "timeout": {"$ref": "#/components/schemas/Count"}, "busy": {"$ref": "#/components/schemas/Count"}}}}}}}}},
    "401": {"$ref": "#/components/responses/NobodyYet"}, "403": {"$ref": "#/components/responses/NotAllowed"}}}},
  "/api/modules/{name}": {
    "parameters": [{"$ref": "#/components/parameters/Module"}],
    "get": {"summary": "One module", "responses": {"200": {"$ref": "#/components/responses/Module"}, "404": {"$ref": "#/components/responses/NoModule"}}},
    "put": {"summary": "Switch a module on or off",
      "requestBody": {"required": true, "content": {"application/json": {"schema": {
        "type": "object", "required": ["active"], "additionalProperties": false, "properties": {"active": {"type": "boolean"}}}}}},
      "responses": {"200": {"$ref": "#/components/responses/Module"}, "400": {"$ref": "#/components/responses/Malformed"}, "401": {"$ref": "#/components/responses/NobodyYet"},
        "403": {"$ref": "#/components/responses/NotAllowed"}, "404": {"$ref": "#/components/responses/NoModule"}, "409": {"$ref": "#/components/responses/NotChanged"}}},
    "delete": {"summary": "Uninstall a module: its files go, its data stay",
      "responses": {"200": {"$ref": "#/components/responses/Uninstall"}, "400": {"$ref": "#/components/responses/BadQuery"}, "401": {"$ref": "#/components/responses/NobodyYet"},
        "403": {"$ref": "#/components/responses/NotAllowed"}, "404": {"$ref": "#/components/responses/NoModule"}, "409": {"$ref": "#/components/responses/NotChanged"}}}},
  "/api/modules/{name}/uninstall": {
    "parameters": [{"$ref": "#/components/parameters/Module"}],
    "get": {"summary": "What uninstalling the module would take, and who needs it; changes nothing", "responses": {"200": {"$ref": "#/components/responses/Uninstall"},
      "401": {"$ref": "#/components/responses/NobodyYet"}, "403": {"$ref": "#/components/responses/NotAllowed"}, "404": {"$ref": "#/components/responses/NoModule"}, "409": {"$ref": "#/components/responses/NotChanged"}}}},
  "/api/modules/{name}/export": {
    "parameters": [{"$ref": "#/components/parameters/Module"}],
    "get": {"summary": "Every row of the module, installed or not; at most 64 MiB", "responses": {
      "200": {"description": "a line of JSON for each row: its table, and its columns as the module sees them", "content": {"application/x-ndjson": {"schema": {"type": "string"}}}},
      "401": {"$ref": "#/components/responses/NobodyYet"}, "403": {"$ref": "#/components/responses/NotAllowed"}, "404": {"$ref": "#/components/responses/NoModule"}, "409": {"$ref": "#/components/responses/NotChanged"}}}},
  "/api/modules/{name}/purge": {
    "parameters": [{"$ref": "#/components/parameters/Module"}],
    "post": {"summary": "Drop the tables of a module that is uninstalled, while nobody else uses the database",
      "requestBody": {"required": true, "content": {"application/json": {"schema": {
        "type": "object", "required": ["confirm"], "additionalProperties": false, "properties": {"confirm": {"$ref": "#/components/schemas/Name"}}}}}},
      "responses": {"200": {"description": "what is gone; `schema_kept`: its schema holds other things", "content": {"application/json": {"schema": {
        "type": "object", "required": ["module", "tables", "purged", "schema_kept"], "additionalProperties": false, "properties": {
          "module": {"$ref": "#/components/schemas/Name"}, "purged": {"const": true}, "schema_kept": {"type": "boolean"},
          "tables": {"type": "array", "items": {"type": "object", "required": ["table", "rows"], "additionalProperties": false, "properties": {"table": {"type": "string"}, "rows": {"$ref": "#/components/schemas/Count"}}}}}}}}},
        "400": {"$ref": "#/components/responses/Malformed"}, "401": {"$ref": "#/components/responses/NobodyYet"}, "403": {"$ref": "#/components/responses/NotAllowed"},
        "404": {"$ref": "#/components/responses/NoModule"}, "409": {"$ref": "#/components/responses/NotChanged"}}}},
  "/api/modules/{name}/reload": {
    "parameters": [{"$ref": "#/components/parameters/Module"}],
    "post": {"summary": "Read the configuration and all modules again", "responses": {"200": {"$ref": "#/components/responses/Module"}, "401": {"$ref": "#/components/responses/NobodyYet"},
      "403": {"$ref": "#/components/responses/NotAllowed"}, "404": {"$ref": "#/components/responses/NoModule"}, "409": {"$ref": "#/components/responses/NotChanged"}}}},
  "/api/modules/{name}/logs": {
    "parameters": [{"$ref": "#/components/parameters/Module"}],
    "get": {"summary": "The last lines of the log about a module, as long as they are in memory", "parameters": [
      {"name": "level", "in": "query", "required": false, "description": "this level and worse ones", "schema": {"enum": ["trace", "debug", "info", "warn", "error"]}},
      {"name": "after", "in": "query", "required": false, "description": "lines behind this number; without it the last ones", "schema": {"type": "integer", "minimum": 0, "maximum": 9007199254740991}},
      {"name": "limit", "in": "query", "required": false, "description": "at most so many; 100 without it", "schema": {"type": "integer", "minimum": 1, "maximum": 1000}}],
      "responses": {"200": {"description": "by rising number; `next` is the `after` of the next page, `lost` counts lines behind `after` that are gone", "content": {"application/json": {"schema": {
        "type": "object", "required": ["lines", "next", "lost"], "additionalProperties": false, "properties": {
          "lines": {"type": "array", "items": {"$ref": "#/components/schemas/LogLine"}}, "next": {"$ref": "#/components/schemas/Count"}, "lost": {"$ref": "#/components/schemas/Count"}}}}}},
        "400": {"$ref": "#/components/responses/BadQuery"}, "401": {"$ref": "#/components/responses/NobodyYet"}, "403": {"$ref": "#/components/responses/NotAllowed"}, "404": {"$ref": "#/components/responses/NoModule"}}}},
  "/api/auth/login": {"post": {"summary": "Sign in",
    "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SignIn"}}}},
    "responses": {"200": {"$ref": "#/components/responses/Grant"}, "400": {"$ref": "#/components/responses/Malformed"}, "401": {"$ref": "#/components/responses/Denied"},
      "413": {"$ref": "#/components/responses/TooLarge"}, "415": {"$ref": "#/components/responses/NotJson"}, "429": {"$ref": "#/components/responses/TooMany"}}}},
  "/api/auth/refresh": {"post": {"summary": "Exchange a refresh token, once", "parameters": [{"$ref": "#/components/parameters/Cookie"}],
    "requestBody": {"required": false, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RefreshToken"}}}},
    "responses": {"200": {"$ref": "#/components/responses/Grant"}, "400": {"$ref": "#/components/responses/Malformed"}, "401": {"$ref": "#/components/responses/Denied"},
      "413": {"$ref": "#/components/responses/TooLarge"}, "415": {"$ref": "#/components/responses/NotJson"}, "429": {"$ref": "#/components/responses/TooMany"}}}},
  "/api/auth/logout": {"post": {"summary": "End a session", "parameters": [{"$ref": "#/components/parameters/Cookie"}],
    "requestBody": {"required": false, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RefreshToken"}}}},
    "responses": {"204": {"description": "signed out, whatever was shown", "headers": {"Set-Cookie": {"$ref": "#/components/headers/SetCookie"}}},
      "400": {"$ref": "#/components/responses/Malformed"}, "413": {"$ref": "#/components/responses/TooLarge"}, "415": {"$ref": "#/components/responses/NotJson"}}}}
}})json";

}  // namespace

const std::vector<OwnRoute>& own_routes() {
  static const std::vector<OwnRoute> routes{
      {"GET", "/health", ""},
      {"GET", "/ready", ""},
      {"GET", "/metrics", "ingot:metrics:read"},
      {"GET", "/api/openapi.json", ""},
      {"GET", "/admin", ""},
      {"GET", "/api/admin/overview", "ingot:admin:read"},
      {"GET", "/api/modules", ""},
      {"GET", "/api/plugins", "ingot:admin:read"},
      {"GET", "/api/modules/{name}", ""},
      {"PUT", "/api/modules/{name}", "ingot:modules:manage"},
      {"DELETE", "/api/modules/{name}", "ingot:modules:manage"},
      {"POST", "/api/modules/{name}/reload", "ingot:modules:manage"},
      {"GET", "/api/modules/{name}/logs", "ingot:admin:read"},
      {"GET", "/api/modules/{name}/uninstall", "ingot:modules:manage"},
      {"GET", "/api/modules/{name}/export", "ingot:data:export"},
      {"POST", "/api/modules/{name}/purge", "ingot:data:purge"},
      {"POST", "/api/auth/login", ""},
      {"POST", "/api/auth/refresh", ""},
      {"POST", "/api/auth/logout", ""},
  };
  return routes;
}

const Declaration& own_declaration() {
  static const Declaration declaration = [] {
    auto parsed = parse_declaration(own_prefix, text);
    INGOT_CHECK(parsed.ok());  // a text of ours: the unit tests read it
    return std::move(parsed).value();
  }();
  return declaration;
}

}  // namespace ingot::openapi
