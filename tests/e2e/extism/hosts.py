# SPDX-License-Identifier: Apache-2.0
# Runs plugins under Extism's own native host. Standard input: a JSON list of {wasm, function, input (base64), times, config, hosts, paths, timeout, pages, wasi}. Standard output: the list of what
# came of each: {outputs: [base64, ...]}, with {error} when a call failed and ended it.
import base64
import json
import sys

import extism


def run(case):
    manifest = {"wasm": [{"path": case["wasm"]}]}
    for ours, theirs in (("hosts", "allowed_hosts"), ("paths", "allowed_paths"), ("timeout", "timeout_ms")):
        if case.get(ours) is not None:
            manifest[theirs] = case[ours]
    if case.get("pages") is not None:
        manifest["memory"] = {"max_pages": case["pages"]}
    outputs = []
    try:
        with extism.Plugin(manifest, wasi=case.get("wasi", True), config=case.get("config")) as plugin:
            for _ in range(case.get("times", 1)):
                outputs.append(base64.b64encode(bytes(plugin.call(case["function"], base64.b64decode(case["input"])))).decode())
    except Exception as error:
        return {"outputs": outputs, "error": str(error)}
    return {"outputs": outputs}


print(json.dumps([run(case) for case in json.load(sys.stdin)]))
