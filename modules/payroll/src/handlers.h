// SPDX-License-Identifier: Apache-2.0
#pragma once
// The handlers of main.c's routes. Each fills in the reply; a refusal (status 400 or more) rolls the request back.

#include "database.h"
#include "page.h"
#include "reply.h"
#include "request.h"

void runs_list(const struct request* request, struct reply* reply);
void runs_get(const struct request* request, struct reply* reply);
void runs_create(const struct request* request, struct reply* reply);
void runs_pay(const struct request* request, struct reply* reply);
void payslips_list(const struct request* request, struct reply* reply);

/// Makes the reply's body the run; 404 when there is none.
bool runs_show(struct reply* reply, const char* id);
