// SPDX-License-Identifier: Apache-2.0
#pragma once
// The handlers of main.c's routes. Each fills in the reply; a refusal (status 400 or more) rolls the request back.

#include "reply.h"
#include "request.h"

void items_list(const struct request* request, struct reply* reply);
void items_create(const struct request* request, struct reply* reply);
void items_get(const struct request* request, struct reply* reply);
void items_update(const struct request* request, struct reply* reply);
