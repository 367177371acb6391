// SPDX-License-Identifier: Apache-2.0
#include "reply.h"

bool reply_refuse(struct reply* reply, uint32_t status, const char* code, const char* message) {
  *reply = (struct reply){.status = status};
  text_add(&reply->body, "{\"code\":");
  text_add_json_string(&reply->body, code, ingot_length(code));
  text_add(&reply->body, ",\"message\":");
  text_add_json_string(&reply->body, message, ingot_length(message));
  text_add(&reply->body, "}");
  return false;
}

bool reply_invalid(struct reply* reply, const char* field, const char* rule) {
  struct text message = {0};
  text_add(&message, field);
  text_add(&message, ": ");
  text_add(&message, rule);
  return reply_refuse(reply, 400, "INVALID_FIELD", message.data);
}

struct ingot_response reply_response(const struct reply* reply) {
  struct text whole = {0};
  text_add(&whole, "{\"status\":");
  text_add_integer(&whole, reply->status == 0 ? 200 : reply->status);
  if (reply->location.size > 0) {
    text_add(&whole, ",\"headers\":{\"location\":");
    text_add_json_string(&whole, reply->location.data, reply->location.size);
    text_add(&whole, "}");
  }
  text_add(&whole, ",\"body\":");
  text_add(&whole, reply->body.size == 0 ? "null" : reply->body.data);
  text_add(&whole, "}");
  return (struct ingot_response){whole.data, whole.size};
}
