# SPDX-License-Identifier: Apache-2.0
"""Hooks of schemathesis: of the ids that it draws at random, half become ids of records that exist.

Otherwise most requests end with 404 or with an unknown reference, and what a route does with a record is never tried. INGOT_RECORDS is a file, {"orders": ["<id>", ...], ...};
what requests create is added.
"""

import json
import os
import re
import zlib

import schemathesis

UUID = re.compile("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")

with open(os.environ["INGOT_RECORDS"], encoding="utf-8") as file:
    records = json.load(file)
created = set()  # ids of answers: schemathesis follows them through several requests


def records_of(field):
    """Of "order_id" those of "orders", of "from_warehouse_id" those of "warehouses"."""
    word = field.removesuffix("_id").split("_")[-1]
    return records.get(word + "s") or records.get(word.removesuffix("y") + "ies") or []


def swapped(value, known):
    if not isinstance(value, str) or not UUID.match(value) or value in created or not known:
        return value
    number = zlib.crc32(value.encode())  # the same id becomes the same record
    return value if number % 2 else known[number // 2 % len(known)]


def swap_in(body):
    if isinstance(body, list):
        return [swap_in(item) for item in body]
    if isinstance(body, dict):
        return {name: swapped(value, records_of(name)) if name.endswith("_id") else swap_in(value) for name, value in body.items()}
    return body


def collection_of(path):
    """ "orders" of "/api/crm/orders/{id}/cancel"."""
    return path.split("/{")[0].split("/")[-1]


@schemathesis.hook
def before_call(context, case, kwargs):
    for name, value in (case.path_parameters or {}).items():
        known = records_of(name) if name.endswith("_id") else records.get(collection_of(case.operation.path), [])
        case.path_parameters[name] = swapped(value, known)
    if isinstance(case.body, (dict, list)):
        body = swap_in(case.body)
        if body != case.body:
            case.body = body


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code != 201:
        return
    identity = response.json()["data"].get("id")
    if identity:
        created.add(identity)
        records.setdefault(collection_of(case.operation.path), []).append(identity)
