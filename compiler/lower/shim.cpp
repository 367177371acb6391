// SPDX-License-Identifier: Apache-2.0
//
// How an imported function finds its instance.
//
// Generated code calls an import as w2c_h_f<k>(struct w2c_h*, ...), where the pointer was given to the module's instantiate function and
// is kept in the instance struct, in the field w2c_h_instance. What it points to is ours to choose. Obvious choices, the instance or its
// header, are wrong, because there is a second road: a reference to an imported function that an element segment puts into a table
// carries `(char*)instance + offsetof(w2c_m, w2c_h_instance)` as its module instance, that is the ADDRESS of the field, and a call
// through the table passes that address as the struct w2c_h*. On the first road the thunk would see the field's value, on the second the field's
// address, and it could not tell which.
//
// So the value is made equal to the address: instantiate stores a pointer to the field into the field itself. Both roads then give the
// same pointer, the thunk steps back by offsetof to the instance, and one ingot_instance_header further back to the imports. A funcref
// copied by a host that clones instances needs nothing special: its pointer lies inside the struct and moves with it.
#include "lower/shim.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "format/signature.hpp"
#include "ingot/abi.h"
#include "lower/each_text.hpp"
#include "lower/embedded.hpp"
#include "lower/frozen_tables.hpp"
#include "lower/nan_checks.hpp"
#include "lower/near_memory.hpp"
#include "lower/nest.hpp"
#include "lower/ordered_stores.hpp"
#include "lower/own_declarations.hpp"
#include "lower/segments.hpp"
#include "lower/shared_memory.hpp"
#include "lower/thin_lines.hpp"
#include "lower/whole_index.hpp"
#include "process/files.hpp"
#include "request.hpp"
#include "workshop.hpp"

namespace ingot::compiler::lower {
namespace {

using format::ExternKind;
using format::FunctionType;

struct CType {
  std::uint8_t code;
  const char* name;
  char letter;         ///< in the names of generated multi-value structs
  const char* member;  ///< of ingot_slot; nullptr when the value is not one slot
};
constexpr std::array<CType, 7> c_types{{{INGOT_TYPE_I32, "u32", 'i', "i32"},
                                        {INGOT_TYPE_I64, "u64", 'j', "i64"},
                                        {INGOT_TYPE_F32, "f32", 'f', "f32"},
                                        {INGOT_TYPE_F64, "f64", 'd', "f64"},
                                        {INGOT_TYPE_V128, "v128", 'o', nullptr},
                                        {INGOT_TYPE_FUNCREF, "wasm_rt_funcref_t", 'r', nullptr},
                                        {INGOT_TYPE_EXTERNREF, "wasm_rt_externref_t", 'e', nullptr}}};

const CType& c_type(std::uint8_t code) {
  for (const CType& type : c_types) {
    if (type.code == code) return type;
  }
  check_failed("a value type that the reader should have refused", __FILE__, __LINE__);
}

std::string result_type(const FunctionType& type) {
  if (type.results.empty()) return "void";
  if (type.results.size() == 1) return c_type(type.results[0]).name;
  std::string name = "struct wasm_multi_";
  for (const std::uint8_t result : type.results) name += c_type(result).letter;
  return name;
}

/// The C expression of result i in a variable `r` of result_type().
std::string result_part(const FunctionType& type, std::size_t i) {
  return type.results.size() == 1 ? "r" : std::string("r.") + c_type(type.results[i]).letter + std::to_string(i);
}

std::uint32_t slots_of(std::uint8_t code) { return format::slot_count({code}); }

/// "slots[2].i64 = value;" (high bits of narrow values zero), or several slots by memcpy.
std::string store(std::uint8_t code, std::uint32_t slot, const std::string& value) {
  const CType& type = c_type(code);
  const std::string target = "slots[" + std::to_string(slot) + "]";
  if (type.member == nullptr) {
    const std::string fill = code == INGOT_TYPE_EXTERNREF ? "slots[" + std::to_string(slot + 1) + "].i64 = 0; " : "";
    return "  { " + std::string(type.name) + " v = " + value + "; " + fill + "__builtin_memcpy(&" + target + ", &v, sizeof v); }\n";
  }
  if (code == INGOT_TYPE_I32) return "  " + target + ".i64 = (u32)(" + value + ");\n";
  return "  " + (code == INGOT_TYPE_F32 ? target + ".i64 = 0; " : "") + target + "." + type.member + " = " + value + ";\n";
}

std::string load(std::uint8_t code, std::uint32_t slot) {
  const CType& type = c_type(code);
  if (type.member == nullptr) return std::string(type.name) + "_from(&slots[" + std::to_string(slot) + "])";
  return "slots[" + std::to_string(slot) + "]." + type.member;
}

// Generated header, then ours. simde's type exists only where the module uses vectors.
constexpr const char* includes = R"(#include "m.h"
#include "wasm-rt.h"
#include "ingot/abi.h"
)";
constexpr const char* runtime_slot = R"(
const ingot_runtime* ingot_island_runtime __attribute__((visibility("hidden")));
)";

// Where the optimiser may put the thunks into their callers: a function beside theirs costs as much as all that a short host call does otherwise.
constexpr const char* thunks_file = "imports.h";
// Each file that calls one reads them all.
constexpr std::uint32_t inlined_imports_max = 64;

/// Values of several slots. The asserts hold the sizes of format::slot_count.
std::string helper(const char* type, std::uint32_t slots) {
  return "\n_Static_assert(sizeof(" + std::string(type) + ") <= " + std::to_string(slots) + " * sizeof(ingot_slot), \"\");\nstatic inline " + type + " " +
         type + "_from(const ingot_slot* slots) {\n  " + type + " value;\n  __builtin_memcpy(&value, slots, sizeof value);\n  return value;\n}\n";
}

constexpr const char* header_of_token = R"(
/* `token` is the address of the field w2c_h_instance of the calling instance; see the essay in the generator. */
static inline const ingot_instance_header* header_of(struct w2c_h* token) {
  char* instance = (char*)token - offsetof(w2c_m, w2c_h_instance);
  return (const ingot_instance_header*)(void*)instance - 1;
}
)";
constexpr const char* import_call = R"(
static inline void call_import(struct w2c_h* token, uint32_t index, ingot_slot* slots) {
  const ingot_instance_header* header = header_of(token);
  const ingot_host_import* import = &header->imports[index];
  /* Host code runs on this stack. Too little of it left is the guest's trap, raised here in guest text, never the host's fault. */
  if (__builtin_expect((const char*)slots < (const char*)header->stack_limit, 0)) wasm_rt_trap(INGOT_TRAP_STACK_EXHAUSTED);
  uint32_t status = import->function(import->context, slots);
  if (__builtin_expect(status != INGOT_TRAP_NONE, 0)) wasm_rt_trap(status);
}
)";

std::string import_thunk(const ingest::ModuleImport& import, const FunctionType& type, std::uint32_t index) {
  std::string text = "\nIMPORT_THUNK " + result_type(type) + " w2c_h_f" + std::to_string(index) + "(struct w2c_h* token";
  for (std::size_t i = 0; i < type.params.size(); ++i) text += std::string(", ") + c_type(type.params[i]).name + " p" + std::to_string(i);
  const std::uint32_t count = std::max({format::slot_count(type.params), format::slot_count(type.results), 1u});
  text += ") {\n" + shared_memory_access(import, type) + "  ingot_slot slots[" + std::to_string(count) + "];\n";
  std::uint32_t slot = 0;
  for (std::size_t i = 0; i < type.params.size(); ++i) {
    text += store(type.params[i], slot, "p" + std::to_string(i));
    slot += slots_of(type.params[i]);
  }
  text += "  call_import(token, " + std::to_string(index) + ", slots);\n";
  if (type.results.size() == 1) text += "  return " + load(type.results[0], 0) + ";\n";
  if (type.results.size() > 1) {
    text += "  " + result_type(type) + " r;\n";
    slot = 0;
    for (std::size_t i = 0; i < type.results.size(); ++i) {
      text += "  " + result_part(type, i) + " = " + load(type.results[i], slot) + ";\n";
      slot += slots_of(type.results[i]);
    }
    text += "  return r;\n";
  }
  return text + "}\n";
}

/// Nothing to take out of slots and nothing to put there: whoever calls it with slots calls the generated function itself, which does not look at the register that
/// they are in (System V ABI 3.2.3).
bool needs_no_wrapper(const FunctionType& type) { return type.params.empty() && type.results.empty(); }

std::string export_entry(const FunctionType& type, std::size_t place) {
  const std::string number = std::to_string(place);
  return needs_no_wrapper(type) ? "(void (*)(void*, ingot_slot*))(void*)w2c_m_e" + number : "call_" + number;
}

std::string export_wrapper(const FunctionType& type, std::size_t place) {
  if (needs_no_wrapper(type)) return {};
  const std::string number = std::to_string(place);
  std::string call = "w2c_m_e" + number + "((w2c_m*)instance";
  std::uint32_t slot = 0;
  for (const std::uint8_t param : type.params) {
    call += ", " + load(param, slot);
    slot += slots_of(param);
  }
  call += ")";
  std::string text = "\nstatic void call_" + number + "(void* instance, ingot_slot* slots) {\n";
  text += type.results.empty() ? "  " + call + ";\n" : "  " + result_type(type) + " r = " + call + ";\n";
  slot = 0;
  for (std::size_t i = 0; i < type.results.size(); ++i) {
    text += store(type.results[i], slot, result_part(type, i));
    slot += slots_of(type.results[i]);
  }
  return text + "}\n";
}

std::string address_getter(std::size_t place) {
  const std::string number = std::to_string(place);
  return "\nstatic void* address_" + number + "(void* instance) { return w2c_m_e" + number + "((w2c_m*)instance); }\n";
}

std::string byte_list(const format::Digest& digest) {
  std::string text = "{";
  for (const std::uint8_t byte : digest) {
    char number[8];
    std::snprintf(number, sizeof number, "0x%02x,", byte);
    text += number;
  }
  return text + "}";
}

std::string export_table(const ingest::Module& module) {
  if (module.exports.empty()) return "\n#define EXPORTS NULL\n";
  std::string text = "\nstatic const ingot_export exports[] = {\n";
  for (std::size_t i = 0; i < module.exports.size(); ++i) {
    const ingest::ModuleExport& exported = module.exports[i];
    const std::string number = std::to_string(i);
    const bool is_function = exported.kind == ExternKind::function;
    text += "  {" + std::to_string(static_cast<int>(exported.kind)) + ", 0, " + (is_function ? export_entry(module.function_type(exported.index), i) : "NULL") + ", " +
            (is_function ? "NULL" : "address_" + number) + "},\n";
  }
  return text + "};\n#define EXPORTS exports\n";
}

/// What generated code asks for each import that is no function, once, at instantiation. The token is the instance itself.
std::string imported_address(const ingest::ModuleImport& import, const ingest::Module& module, std::uint32_t index, std::size_t place) {
  std::string type;
  char letter = 'g';
  switch (import.kind) {
    case ExternKind::table:
      type = module.tables[index].element == INGOT_TYPE_FUNCREF ? "wasm_rt_funcref_table_t" : "wasm_rt_externref_table_t";
      letter = 't';
      break;
    case ExternKind::memory: type = "wasm_rt_memory_t", letter = 'm'; break;
    default: type = c_type(module.globals[index].type).name; break;
  }
  return "\n" + type + "* w2c_x_" + letter + std::to_string(index) +
         "(struct w2c_x* token) { return ((const ingot_instance_header*)(void*)token - 1)->addresses[" + std::to_string(place) + "]; }\n";
}

/// The arguments of the generated instantiate function: one token per import module, in the order of the modules' names.
std::string instantiate_tokens(const ingest::Module& module) {
  const bool functions = module.function_import_count > 0;
  const bool others = module.imports.size() > module.function_import_count;
  return std::string(functions ? ", (struct w2c_h*)(void*)&instance->w2c_h_instance" : "") + (others ? ", (struct w2c_x*)raw" : "");
}

std::string descriptor(const ingest::Module& module, const format::Digest& module_digest) {
  const format::Digest rt_digest = format::sha256(process::bytes_of(embedded_file("wasm-rt.h")));
  return std::string("\nstatic void instantiate(void* raw) {\n  w2c_m* instance = raw;\n  wasm2c_m_instantiate(instance") +
         instantiate_tokens(module) +
         ");\n}\n\nstatic void release(void* raw) { wasm2c_m_free((w2c_m*)raw); }\n" + export_table(module) +
         "\n__attribute__((visibility(\"default\"))) const ingot_descriptor ingot_descriptor_v1 = {\n"
         "  .abi_version = INGOT_ABI_VERSION,\n  .size = sizeof(ingot_descriptor),\n  .rt_digest = " +
         byte_list(rt_digest) + ",\n  .module_digest = " + byte_list(module_digest) +
         ",\n  .runtime_slot = &ingot_island_runtime,\n"
         "  .instance_size = (sizeof(w2c_m) + 15) & ~(uint64_t)15,\n"
         "  .instantiate = instantiate,\n  .release = release,\n  .function_import_count = " +
         std::to_string(module.function_import_count) + ",\n  .export_count = " + std::to_string(module.exports.size()) +
         ",\n  .exports = EXPORTS,\n};\n";
}

NestRules nest_rules(const Request& request, const Workshop& workshop) {
  NestRules rules;
  // clang's optimiser would keep each volatile access as it stands. Our own makes plain ones of them.
  const bool clang_optimises = request.optimisation == Optimisation::release && !workshop.toolchain().has_codegen();
  rules.accesses = clang_optimises ? Accesses::helpers : Accesses::direct;
  rules.arithmetic = rounds_one_way(request.optimisation) ? Arithmetic::simplified : Arithmetic::as_written;
  return rules;
}

/// For values of several slots that `text` takes out of slots.
std::string helpers_for(const std::string& text) {
  std::string helpers;
  for (const CType& type : c_types) {
    if (type.member == nullptr && text.find(std::string(type.name) + "_from(") != std::string::npos) helpers += helper(type.name, slots_of(type.code));
  }
  return helpers;
}

template <class Text>
std::string of_each_function_import(const ingest::Module& module, Text text_of) {
  std::string text;
  std::uint32_t index = 0;
  for (const ingest::ModuleImport& import : module.imports) {
    if (import.kind != ExternKind::function) continue;
    text += text_of(import, module.function_type(index), index);
    ++index;
  }
  return text;
}

std::string import_thunks(const ingest::Module& module) {
  std::string text;
  if (module.function_import_count > 0) text += std::string(header_of_token) + import_call;
  return text + of_each_function_import(module, import_thunk);
}

/// For the code generator, which takes it out again.
std::string copying_imports(const ingest::Module& module) {
  const std::string facts = of_each_function_import(module, shared_memory_facts);
  return facts.empty() ? std::string() : "\n#ifdef __OPTIMIZE__\nstatic const uint64_t ingot_copying_imports[] __attribute__((used)) = {" + facts + "};\n#endif\n";
}

/// Parts that call imports get the thunks' bodies too, to be inlined where that is worth it; whoever wants an address or a call gets shim.c's.
void offer_thunks(SourceFiles& files, const ingest::Module& module) {
  if (module.function_import_count == 0 || module.function_import_count > inlined_imports_max) return;
  bool offered = false;
  for (auto& [name, text] : files) {
    if (!name.ends_with(".c") || text.find("w2c_h_f") == std::string::npos) continue;
    for (const std::string_view header : {"#include \"m-impl.h\"\n", "#include \"m.h\"\n"}) {
      const std::size_t at = text.find(header);
      if (at == std::string::npos) continue;
      text.insert(at + header.size(), "#include \"" + std::string(thunks_file) + "\"\n");
      offered = true;
      break;
    }
  }
  if (!offered) return;
  const std::string thunks = import_thunks(module);
  files.emplace(thunks_file, includes + std::string("#define IMPORT_THUNK extern inline __attribute__((gnu_inline))\n") + helpers_for(thunks) + thunks + copying_imports(module));
}

}  // namespace

std::string shim_text(const ingest::Module& module, const format::Digest& module_digest) {
  static_assert(std::string_view(INGOT_DESCRIPTOR_SYMBOL) == "ingot_descriptor_v1");
  std::string body = import_thunks(module) + of_each_function_import(module, shared_memory_copy);
  std::array<std::uint32_t, 4> counts{};
  std::size_t place = 0;
  for (const ingest::ModuleImport& import : module.imports) {
    const std::uint32_t index = counts[static_cast<std::size_t>(import.kind)]++;
    if (import.kind != ExternKind::function) body += imported_address(import, module, index, place++);
  }
  for (std::size_t i = 0; i < module.exports.size(); ++i) {
    const ingest::ModuleExport& exported = module.exports[i];
    if (exported.kind != ExternKind::function) {
      body += address_getter(i);
      continue;
    }
    const FunctionType& type = module.function_type(exported.index);
    body += export_wrapper(type, i);
  }
  return includes + std::string("#define IMPORT_THUNK\n") + runtime_slot + helpers_for(body) + body + descriptor(module, module_digest);
}

CompleteC add_shim(GeneratedC generated, const Request& request, const Workshop& workshop) {
  SourceFiles files = std::move(generated.files_);
  const ingest::Module& module = generated.agreed().module();
  freeze_tables(files);
  // A debugger is shown the generated C's variables, as the guest's instructions write them.
  const bool nests = request.optimisation != Optimisation::debug;
  const NestRules rules = nest_rules(request, workshop);
  if (nests) declare_access_types(files, rules);
  for_each_text(files, [&](const std::string& name, std::string& text) {
    const bool is_part = name.ends_with(".c");
    if (is_part && module.memories.size() == 1) find_memory_near_instance(text);
    check_whole_index(text);
    order_stores(text);
    drop_nan_checks(text);
    if (generated.agreed().lines().rows.empty()) {
      hide_helpers(text);
      if (is_part) join_lines(text);
    }
    std::size_t left_alone = 0;
    if (is_part && nests) text = nested(text, rules, left_alone);
  });
  declare_where_mentioned(files);
  if (request.optimisation == Optimisation::release) offer_thunks(files, module);
  for (const EmbeddedFile& file : embedded_files()) files.emplace(file.name, file.text);
  if (!generated.segments_.assembly.empty()) {
    files.emplace(segment_bytes_file, std::move(generated.segments_.bytes));
    files.emplace(segment_assembly_file, std::move(generated.segments_.assembly));
  }
  files.emplace("shim.c", shim_text(module, format::sha256(generated.agreed().inputs().wasm())));
  return CompleteC(generated.agreed(), std::move(files));
}

}  // namespace ingot::compiler::lower
