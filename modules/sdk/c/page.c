// SPDX-License-Identifier: Apache-2.0
#include "page.h"

void reply_page(struct reply* reply, const struct json_document* items, const struct json_document* count, struct page page) {
  struct text* body = &reply->body;
  text_add(body, "{\"items\":");
  json_copy(database_rows(items), body);
  text_add(body, ",\"total\":");
  json_copy(json_member(database_first(count), "total"), body);
  text_add(body, ",\"limit\":");
  text_add_integer(body, page.limit);
  text_add(body, ",\"offset\":");
  text_add_integer(body, page.offset);
  text_add(body, "}");
}
