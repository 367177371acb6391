// SPDX-License-Identifier: Apache-2.0
#include "request.h"

static const int64_t limit_default = 50;
static const int64_t limit_max = 200;
static const int64_t offset_max = 1000000;

bool request_parse(struct request* request, const char* text, uint32_t size) {
  if (!json_parse(&request->document, text, size)) {
    return false;
  }
  request->body = json_member(json_root(&request->document), "body");
  return true;
}

static struct json_value part(const struct request* request, const char* part_name, const char* name) {
  return json_member(json_member(json_root(&request->document), part_name), name);
}

void request_param(const struct request* request, const char* name, struct text* out) {
  json_read_string(part(request, "params", name), out);
}

bool request_query(const struct request* request, const char* name, struct text* out) {
  return json_read_string(part(request, "query", name), out);
}

bool uuid_canonical(struct text* text) {
  if (text->size != 36) {
    return false;
  }
  for (uint32_t index = 0; index < 36; ++index) {
    char* letter = &text->data[index];
    if (index == 8 || index == 13 || index == 18 || index == 23) {
      if (*letter != '-') {
        return false;
      }
      continue;
    }
    if (*letter >= 'A' && *letter <= 'F') {
      *letter = (char)(*letter | 0x20);
    }
    if (!((*letter >= '0' && *letter <= '9') || (*letter >= 'a' && *letter <= 'f'))) {
      return false;
    }
  }
  return true;
}

bool request_id(struct reply* reply, const struct request* request, const char* name, struct text* out) {
  request_param(request, name, out);
  return uuid_canonical(out) || reply_refuse(reply, 404, "NOT_FOUND", "no such record");
}

static bool page_number(struct reply* reply, const struct request* request, const char* name, int64_t min, int64_t max, int64_t* out) {
  struct text text = {0};
  if (!request_query(request, name, &text)) {
    return true;  // keeps the default
  }
  int64_t number = 0;
  for (uint32_t index = 0; index < text.size; ++index) {
    if (text.data[index] < '0' || text.data[index] > '9' || number > max) {
      number = max + 1;
      break;
    }
    number = number * 10 + (text.data[index] - '0');
  }
  if (text.size == 0 || number < min || number > max) {
    return reply_refuse(reply, 400, "INVALID_QUERY", "limit must be 1 to 200, offset 0 to 1000000");
  }
  *out = number;
  return true;
}

bool request_page(struct reply* reply, const struct request* request, struct page* page) {
  *page = (struct page){.limit = limit_default, .offset = 0};
  return page_number(reply, request, "limit", 1, limit_max, &page->limit) &&
         page_number(reply, request, "offset", 0, offset_max, &page->offset);
}
