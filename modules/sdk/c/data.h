// SPDX-License-Identifier: Apache-2.0
#pragma once
// The data service: what a module wants of its own tables, said in JSON (abi/DATA.md). The host makes the SQL, keeps times and
// versions, deletes softly, asks for rights and writes down who changed what.

#include "json.h"
#include "reply.h"

/// Sends `request`, JSON; `result` is then the answer. False when it was refused, with the reason in the reply: 404 for a row that
/// is not there, 409 for a version that is not the latest, 403 for a right that is missing, 400 for a request that is wrong.
bool data_ask(struct reply* reply, const struct text* request, struct json_document* result);

/// The same for what gives one row (get, create, update, upsert, delete, restore): the row becomes the reply's body.
bool data_row(struct reply* reply, const struct text* request, struct json_document* result);
