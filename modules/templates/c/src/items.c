// SPDX-License-Identifier: Apache-2.0
// Items: a name and a quantity each.
#include "items.h"

#include "data.h"

#define ON_TABLE "\"table\":\"@NAME@_item\""

// What a client may say about an item, as JSON object; `version` when it changes one.
static bool read_values(struct reply* reply, const struct request* request, struct text* values) {
  struct text name = {0};
  int64_t quantity = 0;
  static const char* const names[] = {"name", "quantity", "version"};
  if (!field_only(reply, request->body, names, sizeof names / sizeof *names) || !field_text(reply, request->body, "name", 120, true, &name) ||
      !field_integer(reply, request->body, "quantity", 0, 0, 1000000, &quantity)) {
    return false;
  }
  text_add(values, "{\"name\":");
  text_add_json_string(values, name.data, name.size);
  text_add(values, ",\"quantity\":");
  text_add_integer(values, quantity);
  text_add(values, "}");
  return true;
}

// ?limit=50&after=CURSOR, by name; `next` of the answer is the cursor of the following page.
void items_list(const struct request* request, struct reply* reply) {
  struct page page;
  struct text cursor = {0};
  struct text find = {0};
  struct json_document result;
  if (!request_page(reply, request, &page)) {
    return;
  }
  text_add(&find, "{\"op\":\"find\"," ON_TABLE ",\"sort\":[\"name\"],\"limit\":");
  text_add_integer(&find, page.limit);
  if (request_query(request, "after", &cursor)) {
    text_add(&find, ",\"after\":");
    text_add_json_string(&find, text_string(&cursor), cursor.size);
  }
  text_add(&find, "}");
  if (data_ask(reply, &find, &result)) {
    json_copy(json_root(&result), &reply->body);
  }
}

void items_get(const struct request* request, struct reply* reply) {
  struct text id = {0};
  struct text get = {0};
  struct json_document result;
  if (!request_id(reply, request, "id", &id)) {
    return;
  }
  text_add(&get, "{\"op\":\"get\"," ON_TABLE ",\"id\":");
  text_add_json_string(&get, id.data, id.size);
  text_add(&get, "}");
  data_row(reply, &get, &result);
}

void items_create(const struct request* request, struct reply* reply) {
  struct text values = {0};
  struct text create = {0};
  struct text id = {0};
  struct json_document result;
  if (!read_values(reply, request, &values)) {
    return;
  }
  text_add(&create, "{\"op\":\"create\"," ON_TABLE ",\"values\":");
  text_add(&create, values.data);
  text_add(&create, "}");
  if (!data_row(reply, &create, &result)) {
    return;
  }
  json_read_string(json_member(json_member(json_root(&result), "row"), "id"), &id);
  text_add(&reply->location, "/api/@NAME@/items/");
  text_add(&reply->location, text_string(&id));
  reply->status = 201;
}

// The body names the version it has seen; when somebody was quicker, the answer is 409.
void items_update(const struct request* request, struct reply* reply) {
  struct text id = {0};
  struct text values = {0};
  struct text update = {0};
  int64_t version = 0;
  struct json_document result;
  if (!request_id(reply, request, "id", &id) || !read_values(reply, request, &values)) {
    return;
  }
  if (!json_read_integer(json_member(request->body, "version"), &version) || version < 1 || version > INT32_MAX) {
    reply_invalid(reply, "version", "must be the number of the version that you have seen");
    return;
  }
  text_add(&update, "{\"op\":\"update\"," ON_TABLE ",\"id\":");
  text_add_json_string(&update, id.data, id.size);
  text_add(&update, ",\"version\":");
  text_add_integer(&update, version);
  text_add(&update, ",\"set\":");
  text_add(&update, values.data);
  text_add(&update, "}");
  data_row(reply, &update, &result);
}
