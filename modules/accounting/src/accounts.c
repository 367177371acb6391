// SPDX-License-Identifier: Apache-2.0
// The chart of accounts. A row is passed on as the host wrote it.
#include "handlers.h"

#define COLUMNS "id, code, name, kind, created_at, updated_at"

static const char* const kinds[] = {"asset", "liability", "equity", "income", "expense"};
enum { kind_count = sizeof kinds / sizeof *kinds };

static const struct database_conflict conflict = {
    .unique_code = "ACCOUNT_CODE_TAKEN",
    .unique_message = "another account has this code",
    .reference_code = "ACCOUNT_IN_USE",
    .reference_message = "the account has journal lines",
};

struct account {
  struct text code;
  struct text name;
  struct text kind;
};

static bool read_account(struct reply* reply, const struct request* request, struct account* account) {
  *account = (struct account){0};
  static const char* const names[] = {"code", "name", "kind"};
  return field_only(reply, request->body, names, sizeof names / sizeof *names) &&
         field_text(reply, request->body, "code", 20, true, &account->code) &&
         field_text(reply, request->body, "name", 200, true, &account->name) &&
         field_choice(reply, request->body, "kind", kinds, kind_count, &account->kind);
}

static void reply_row(struct reply* reply, const struct json_document* result) {
  const struct json_value row = database_first(result);
  if (!json_exists(row)) {
    reply_refuse(reply, 404, "NOT_FOUND", "no such account");
    return;
  }
  json_copy(row, &reply->body);
}

void accounts_list(const struct request* request, struct reply* reply) {
  struct page page;
  struct text count_params = {0};
  struct text params = {0};
  struct json_document count;
  struct json_document items;
  if (request_page(reply, request, &page) && database_query(reply, "SELECT count(*) AS total FROM account", &count_params, &count)) {
    params_integer(&params, page.limit);
    params_integer(&params, page.offset);
    if (database_query(reply, "SELECT " COLUMNS " FROM account ORDER BY code LIMIT $1 OFFSET $2", &params, &items)) {
      reply_page(reply, &items, &count, page);
    }
  }
}

void accounts_get(const struct request* request, struct reply* reply) {
  struct text id = {0};
  struct text params = {0};
  struct json_document result;
  if (!request_id(reply, request, "id", &id)) {
    return;
  }
  params_text(&params, id.data);
  if (database_query(reply, "SELECT " COLUMNS " FROM account WHERE id = $1", &params, &result)) {
    reply_row(reply, &result);
  }
}

void accounts_get_by_code(const struct request* request, struct reply* reply) {
  struct text code = {0};
  struct text params = {0};
  struct json_document result;
  request_param(request, "code", &code);
  if (ingot_length(text_string(&code)) != code.size) {
    reply_refuse(reply, 404, "NOT_FOUND", "no such account");  // a NUL inside: no code has one
    return;
  }
  params_text(&params, text_string(&code));
  if (database_query(reply, "SELECT " COLUMNS " FROM account WHERE code = $1", &params, &result)) {
    reply_row(reply, &result);
  }
}

void accounts_create(const struct request* request, struct reply* reply) {
  struct account account;
  struct text params = {0};
  struct json_document result;
  if (!read_account(reply, request, &account)) {
    return;
  }
  params_text(&params, account.code.data);
  params_text(&params, account.name.data);
  params_text(&params, account.kind.data);
  if (!database_execute(reply, "INSERT INTO account (code, name, kind) VALUES ($1, $2, $3) RETURNING " COLUMNS, &params, &conflict,
                        &result)) {
    return;
  }
  struct text id = {0};
  json_read_string(json_member(database_first(&result), "id"), &id);
  text_add(&reply->location, "/api/accounting/accounts/");
  text_add(&reply->location, text_string(&id));
  reply_row(reply, &result);
  reply->status = 201;
}

void accounts_update(const struct request* request, struct reply* reply) {
  struct account account;
  struct text id = {0};
  struct text params = {0};
  struct json_document result;
  if (!request_id(reply, request, "id", &id) || !read_account(reply, request, &account)) {
    return;
  }
  params_text(&params, account.code.data);
  params_text(&params, account.name.data);
  params_text(&params, account.kind.data);
  params_text(&params, id.data);
  if (database_execute(reply,
                       "UPDATE account SET code = $1, name = $2, kind = $3, updated_at = current_timestamp "
                       "WHERE id = $4 RETURNING " COLUMNS,
                       &params, &conflict, &result)) {
    reply_row(reply, &result);
  }
}

// For good, since an account that was never booked on is no part of the record. One that was is held by its lines.
void accounts_delete(const struct request* request, struct reply* reply) {
  struct text id = {0};
  struct text params = {0};
  struct json_document result;
  if (!request_id(reply, request, "id", &id)) {
    return;
  }
  params_text(&params, id.data);
  if (!database_execute(reply, "DELETE FROM account WHERE id = $1 RETURNING " COLUMNS, &params, &conflict, &result)) {
    return;
  }
  if (!json_exists(database_first(&result))) {
    reply_refuse(reply, 404, "NOT_FOUND", "no such account");
    return;
  }
  text_add(&reply->body, "{\"id\":");
  text_add_json_string(&reply->body, id.data, id.size);
  text_add(&reply->body, ",\"deleted\":true}");
}
