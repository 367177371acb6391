# SPDX-License-Identifier: Apache-2.0
"""Times one kernel in Wasmtime, through the native library that its Python package carries.

run_wasmtime.py compile MODULE OUT        prints NANOSECONDS BYTES
run_wasmtime.py run COMPILED ROUNDS       prints CHECKSUM NANOSECONDS
"""
import sys
import time

import wasmtime


def engine():
    config = wasmtime.Config()
    config.cranelift_opt_level = "speed"
    return wasmtime.Engine(config)


def compile_module(source, target):
    with open(source, "rb") as file:
        wasm = file.read()
    begin = time.perf_counter_ns()
    artifact = wasmtime.Module(engine(), wasm).serialize()
    spent = time.perf_counter_ns() - begin
    with open(target, "wb") as file:
        file.write(artifact)
    print(spent, len(artifact))


def run(path, rounds):
    store = wasmtime.Store(engine())
    module = wasmtime.Module.deserialize_file(store.engine, path)
    function = wasmtime.Instance(store, module, []).exports(store)["kernel_run"]
    function(store, rounds)
    begin = time.perf_counter_ns()
    checksum = function(store, rounds)
    spent = time.perf_counter_ns() - begin
    print(f"{checksum & 0xFFFFFFFFFFFFFFFF:016x} {spent}")


if sys.argv[1] == "compile":
    compile_module(sys.argv[2], sys.argv[3])
else:
    run(sys.argv[2], int(sys.argv[3]))
