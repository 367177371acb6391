// SPDX-License-Identifier: Apache-2.0
// The module's exports (memory.c of the SDK adds alloc and dealloc) and its route table.
#include "items.h"

typedef void (*handler)(const struct request* request, struct reply* reply);

struct route {
  const char* method;
  const char* path;
  const char* permission;
  handler run;
};

// The index of a line is its handler id.
static const struct route routes[] = {
    {"GET", "/items", "@NAME@:@NAME@_item:read", items_list},
    {"POST", "/items", "@NAME@:@NAME@_item:create", items_create},
    {"GET", "/items/{id}", "@NAME@:@NAME@_item:read", items_get},
    {"PUT", "/items/{id}", "@NAME@:@NAME@_item:update", items_update},
};

enum { route_count = sizeof routes / sizeof *routes };

static const char migrations[] = {
#embed "../migrations.json"
};

INGOT_EXPORT(migrate) const char* migrate(void) { return migrations; }

INGOT_EXPORT(migrate_len) uint32_t migrate_len(void) { return sizeof migrations; }

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
