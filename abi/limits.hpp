// SPDX-License-Identifier: Apache-2.0
#pragma once
// Every number that bounds something, in one place, with its unit in its name and the relations between them asserted.

#include <cstddef>
#include <cstdint>

namespace ingot::limits {

inline constexpr std::uint64_t KiB = 1024;
inline constexpr std::uint64_t MiB = 1024 * KiB;
inline constexpr std::uint64_t GiB = 1024 * MiB;

// ---- WebAssembly itself ----
inline constexpr std::uint64_t wasm_page_bytes = 64 * KiB;           // spec 4.2.8
inline constexpr std::uint64_t system_page_bytes = 4 * KiB;         // x86-64
inline constexpr std::uint64_t wasm32_address_space_bytes = 4 * GiB;
inline constexpr std::uint64_t wasm32_pages_max = 65536;

// ---- what the compiler accepts ----
inline constexpr std::uint64_t module_bytes_max = 256 * MiB;
inline constexpr std::uint64_t module_json_bytes_max = 1 * MiB;
inline constexpr std::uint32_t module_types_max = 1'000'000;
inline constexpr std::uint32_t module_functions_max = 1'000'000;     // the JS API's implementation limit
inline constexpr std::uint32_t module_imports_max = 100'000;
inline constexpr std::uint32_t module_exports_max = 100'000;
inline constexpr std::uint32_t module_globals_max = 1'000'000;
inline constexpr std::uint32_t module_segments_max = 100'000;
inline constexpr std::uint32_t module_tables_max = 100;
inline constexpr std::uint32_t module_memories_max = 1;              // multi-memory is refused for now
inline constexpr std::uint32_t function_params_max = 1000;
inline constexpr std::uint32_t function_results_max = 1000;
inline constexpr std::uint32_t function_locals_max = 50'000;
inline constexpr std::uint32_t function_bytes_max = 7'654'321;       // of one body; the JS API's implementation limit
inline constexpr std::uint32_t name_bytes_max = 100'000;
inline constexpr std::uint32_t nesting_depth_max = 1000;             // the generated C nests with it; clang recurses
inline constexpr std::uint32_t table_elements_max = 10'000'000;

// ---- bundles ----
inline constexpr std::uint64_t bundle_bytes_max = 1 * GiB;
inline constexpr std::uint32_t bundle_sections_max = 64;
inline constexpr std::uint32_t bundle_signatures_max = 16;
inline constexpr std::uint64_t manifest_bytes_max = 64 * MiB;
inline constexpr std::uint64_t bundle_page_bytes = 4 * KiB;
inline constexpr std::uint32_t static_files_max = 512;                // of one module
inline constexpr std::uint64_t static_file_bytes_max = 4 * MiB;      // of one; it is an answer's body
inline constexpr std::uint64_t static_files_bytes_max = 32 * MiB;    // of all of a module, which are in memory while it is loaded
inline constexpr std::uint64_t build_cache_bytes_default = 4 * GiB;  // all bundles that ingotc remembers, together

// ---- running guests ----
// A 32-bit index plus a 32-bit static offset plus the widest access (16 bytes) must always fall inside the reservation.
inline constexpr std::uint64_t memory_guard_bytes = 4 * GiB + 64 * KiB;
inline constexpr std::uint64_t memory_reservation_bytes = wasm32_address_space_bytes + memory_guard_bytes;
static_assert(memory_reservation_bytes >= wasm32_address_space_bytes + 0xffffffffull + 16);
inline constexpr std::uint64_t memory_quota_bytes_default = 256 * MiB;
// Of a start that is kept for the next caller: what each instance compares once, and what is copied at every reset.
inline constexpr std::uint64_t kept_memory_bytes_max = 16 * MiB;
inline constexpr std::uint64_t kept_tables_bytes_max = 1 * MiB;
// Slots of address space that wait for the next instance, of a process and of each module's kept start: as many as calls begin and end at once.
inline constexpr std::size_t idle_slots_max = 64;
// Of a plugin that rests: what is looked at in its memory, which is compared byte by byte, and how many slots wait for those that wake.
inline constexpr std::size_t rested_pages_max = 4096;
inline constexpr std::size_t rested_page_runs_max = 256;
inline constexpr std::size_t plugin_idle_slots_max = 4;
// Host functions run on the thread's own stack (sandbox/enter.hpp, on_host_stack); what remains on the guest's is the crossing itself and the runtime
// table's services, which need a few KiB. The reserve is generous; a sanitizer's frames are several times larger.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define INGOT_STACK_SCALE 6
#endif
#endif
#if !defined(INGOT_STACK_SCALE)
#define INGOT_STACK_SCALE 1
#endif
inline constexpr std::uint64_t guest_stack_bytes = INGOT_STACK_SCALE * 1 * MiB;  // usable part with the reserve; guard pages beside it
inline constexpr std::uint64_t guest_stack_guard_bytes = 64 * KiB;
inline constexpr std::uint64_t host_stack_reserve_bytes = INGOT_STACK_SCALE * 128 * KiB;
static_assert(host_stack_reserve_bytes * 4 <= guest_stack_bytes);
// A fiber's own stack, on which its host functions run. What they are promised; and what a preempted guest's registers take there, with the frames of those who put
// it aside: XSAVE writes 2.7 KiB with AVX-512, 11 KiB with AMX.
inline constexpr std::uint64_t fiber_stack_bytes = INGOT_STACK_SCALE * 256 * KiB;
inline constexpr std::uint64_t fiber_stack_reserve_bytes = INGOT_STACK_SCALE * 64 * KiB;
inline constexpr std::uint64_t preempted_state_bytes = INGOT_STACK_SCALE * 32 * KiB;
static_assert(preempted_state_bytes < fiber_stack_reserve_bytes && fiber_stack_reserve_bytes < fiber_stack_bytes);
inline constexpr std::uint64_t fiber_slice_ns = 2'000'000;            // a busy guest delays its neighbours by that, a tick of the watchdog, and the system's own delays: 10 ms at most
inline constexpr std::size_t fibers_max_default = 16'384;             // of one loop, at once: two mappings each, of the 65,530 that Linux allows a process
inline constexpr std::size_t backtrace_frames_max = 64;               // shown of one trap
inline constexpr std::size_t backtrace_name_bytes_max = 512;          // of one function or file
inline constexpr std::uint64_t call_deadline_ms_default = 5'000;
inline constexpr std::uint32_t call_nesting_max = 8;                  // module to module calls inside one request

// ---- WASI ----
inline constexpr std::size_t wasi_descriptors_max = 1024;             // open in one guest; this process's own limit may be lower
inline constexpr std::uint32_t wasi_path_bytes_max = 4095;            // Linux's PATH_MAX without the NUL
inline constexpr std::uint32_t wasi_vectors_max = 1024;               // of one read or write: Linux's UIO_MAXIOV
inline constexpr std::uint32_t wasi_subscriptions_max = 4096;         // of one poll_oneoff
inline constexpr std::uint64_t wasi_program_stack_bytes = INGOT_STACK_SCALE * 8 * MiB;  // what Linux gives a program

// ---- Extism plugins ----
inline constexpr std::size_t extism_blocks_max = 1u << 20;            // in the memory between a plugin and its host; each takes 32 bytes beside its own
inline constexpr std::uint64_t extism_variable_bytes_default = 1 * MiB;     // the reference's, as the next one
inline constexpr std::uint64_t extism_http_response_bytes_default = 50 * MiB;
inline constexpr std::uint64_t extism_http_request_bytes_max = 1 * MiB;     // of a request without its body, as JSON
inline constexpr std::uint64_t extism_http_header_bytes_max = 256 * KiB;   // of all of a response's
inline constexpr std::uint64_t extism_log_bytes_max = 16 * MiB;       // of one call; what is said beyond is not kept

// ---- requests ----
inline constexpr std::uint64_t request_header_bytes_max = 16 * KiB;
inline constexpr std::uint64_t request_body_bytes_max = 1 * MiB;
inline constexpr std::uint64_t response_bytes_max = 8 * MiB;
inline constexpr std::uint64_t log_message_bytes_max = 8 * KiB;
inline constexpr std::uint64_t log_messages_per_call_max = 1000;
inline constexpr std::uint64_t method_bytes_max = 16;
inline constexpr std::uint64_t path_bytes_max = 8 * KiB;
inline constexpr std::uint64_t module_name_bytes_max = 63;
inline constexpr std::uint64_t sql_bytes_max = 64 * KiB;
inline constexpr std::uint64_t params_bytes_max = 1 * MiB;
inline constexpr std::uint32_t routes_per_module_max = 1024;
inline constexpr std::uint64_t migration_bytes_max = 1 * MiB;
inline constexpr std::uint64_t openapi_bytes_max = 1 * MiB;          // what a module says of its routes
static_assert(request_body_bytes_max + request_header_bytes_max < memory_quota_bytes_default);

}  // namespace ingot::limits
