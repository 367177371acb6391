// SPDX-License-Identifier: Apache-2.0
// The module's exports (memory.c of the SDK adds alloc and dealloc) and its route table.
#include "handlers.h"

typedef void (*handler)(const struct request* request, struct reply* reply);

struct route {
  const char* method;
  const char* path;
  const char* permission;
  handler run;
};

// The index of a line is its handler id.
static const struct route routes[] = {
    {"GET", "/accounts", "accounting:account:read", accounts_list},
    {"POST", "/accounts", "accounting:account:create", accounts_create},
    {"GET", "/accounts/by-code/{code}", "accounting:account:read", accounts_get_by_code},
    {"GET", "/accounts/{id}", "accounting:account:read", accounts_get},
    {"PUT", "/accounts/{id}", "accounting:account:update", accounts_update},
    {"DELETE", "/accounts/{id}", "accounting:account:delete", accounts_delete},
    {"GET", "/entries", "accounting:entry:read", entries_list},
    {"POST", "/entries", "accounting:entry:create", entries_create},
    {"GET", "/entries/{id}", "accounting:entry:read", entries_get},
    {"GET", "/balances", "accounting:balance:read", balances},
};

enum { route_count = sizeof routes / sizeof *routes };

static const char migrations[] = {
#embed "../migrations.json"
};

static const char openapi_text[] = {
#embed "../openapi.json"
};

INGOT_EXPORT(migrate) const char* migrate(void) { return migrations; }

INGOT_EXPORT(migrate_len) uint32_t migrate_len(void) { return sizeof migrations; }

INGOT_EXPORT(openapi) const char* openapi(void) { return openapi_text; }

INGOT_EXPORT(openapi_len) uint32_t openapi_len(void) { return sizeof openapi_text; }

INGOT_EXPORT(init) void init(void) {
  for (uint32_t id = 0; id < route_count; ++id) {
    if (ingot_route(routes[id].method, routes[id].path, id, routes[id].permission) < 0) {
      ingot_log_at(INGOT_ERROR, routes[id].path);
    }
  }
}

INGOT_EXPORT(handle)
struct ingot_response handle(uint32_t handler_id, const char* text, uint32_t text_len) {
  struct reply reply = {0};
  struct request request;
  if (handler_id >= route_count || !request_parse(&request, text, text_len)) {
    reply_refuse(&reply, 500, "INTERNAL_ERROR", "the request could not be read");
  } else {
    routes[handler_id].run(&request, &reply);
  }
  return reply_response(&reply);
}
