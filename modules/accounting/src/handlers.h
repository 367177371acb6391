// SPDX-License-Identifier: Apache-2.0
#pragma once
// The handlers of routes.c. Each fills in the reply; a refusal (status 400 or more) rolls the request back.

#include "database.h"
#include "page.h"
#include "reply.h"
#include "request.h"

void accounts_list(const struct request* request, struct reply* reply);
void accounts_get(const struct request* request, struct reply* reply);
void accounts_get_by_code(const struct request* request, struct reply* reply);
void accounts_create(const struct request* request, struct reply* reply);
void accounts_update(const struct request* request, struct reply* reply);
void accounts_delete(const struct request* request, struct reply* reply);

void entries_list(const struct request* request, struct reply* reply);
void entries_get(const struct request* request, struct reply* reply);
void entries_create(const struct request* request, struct reply* reply);

void balances(const struct request* request, struct reply* reply);

/// Adds an entry with its lines to the reply's body; 404 when there is none. Shared by reading and posting.
bool entries_show(struct reply* reply, const char* id);
