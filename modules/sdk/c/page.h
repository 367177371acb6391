// SPDX-License-Identifier: Apache-2.0
#pragma once
// The body of a list.

#include "database.h"
#include "request.h"

/// Writes {"items":rows,"total":n,"limit":n,"offset":n}; `count` holds one row with the column `total`.
void reply_page(struct reply* reply, const struct json_document* items, const struct json_document* count, struct page page);
