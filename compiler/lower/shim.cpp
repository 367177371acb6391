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
#include "lower/embedded.hpp"
#include "lower/near_memory.hpp"
#include "process/files.hpp"

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

bool crosses(const std::vector<std::uint8_t>& types) {
  for (const std::uint8_t type : types) {
    if (type == INGOT_TYPE_FUNCREF || type == INGOT_TYPE_EXTERNREF) return false;
  }
  return true;
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

/// "slots[2].i64 = value;" (high bits of narrow values zero), or two slots by memcpy.
std::string store(std::uint8_t code, std::uint32_t slot, const std::string& value) {
  const CType& type = c_type(code);
  const std::string target = "slots[" + std::to_string(slot) + "]";
  if (type.member == nullptr) return "  { v128 v = " + value + "; __builtin_memcpy(&" + target + ", &v, 16); }\n";
  const bool narrow = code == INGOT_TYPE_I32 || code == INGOT_TYPE_F32;
  return "  " + (narrow ? target + ".i64 = 0; " : "") + target + "." + type.member + " = " + value + ";\n";
}

std::string load(std::uint8_t code, std::uint32_t slot) {
  const CType& type = c_type(code);
  if (type.member == nullptr) return "v128_from(&slots[" + std::to_string(slot) + "])";
  return "slots[" + std::to_string(slot) + "]." + type.member;
}

std::uint32_t slots_of(std::uint8_t code) { return code == INGOT_TYPE_V128 ? 2 : 1; }

// Generated header, then ours. simde's type exists only where the module uses vectors.
constexpr const char* prologue = R"(#include "m.h"
#include "wasm-rt.h"
#include "ingot/abi.h"

const ingot_runtime* ingot_island_runtime __attribute__((visibility("hidden")));
)";

constexpr const char* vector_helpers = R"(
static inline v128 v128_from(const ingot_slot* slots) {
  v128 value;
  __builtin_memcpy(&value, slots, sizeof value);
  return value;
}
)";

constexpr const char* import_call = R"(
/* `token` is the address of the field w2c_h_instance of the calling instance; see the essay in the generator. */
static inline void call_import(struct w2c_h* token, uint32_t index, ingot_slot* slots) {
  char* instance = (char*)token - offsetof(w2c_m, w2c_h_instance);
  const ingot_instance_header* header = (const ingot_instance_header*)(void*)instance - 1;
  const ingot_host_import* import = &header->imports[index];
  /* Host code runs on this stack. Too little of it left is the guest's trap, raised here in guest text, never the host's fault. */
  if (UNLIKELY((const char*)__builtin_frame_address(0) < (const char*)header->stack_limit)) wasm_rt_trap(INGOT_TRAP_STACK_EXHAUSTED);
  uint32_t status = import->function(import->context, slots);
  if (UNLIKELY(status != INGOT_TRAP_NONE)) wasm_rt_trap(status);
}
)";

std::string import_thunk(const FunctionType& type, std::uint32_t index) {
  std::string text = "\n" + result_type(type) + " w2c_h_f" + std::to_string(index) + "(struct w2c_h* token";
  for (std::size_t i = 0; i < type.params.size(); ++i) text += std::string(", ") + c_type(type.params[i]).name + " p" + std::to_string(i);
  const std::uint32_t count = std::max({format::slot_count(type.params), format::slot_count(type.results), 1u});
  text += ") {\n  ingot_slot slots[" + std::to_string(count) + "];\n";
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

std::string export_wrapper(const FunctionType& type, std::size_t place) {
  const std::string number = std::to_string(place);
  std::string call = "w2c_m_e" + number + "((w2c_m*)instance";
  std::uint32_t slot = 0;
  for (const std::uint8_t param : type.params) {
    call += ", " + load(param, slot);
    slot += slots_of(param);
  }
  call += ")";
  std::string text = "\nstatic void call_" + number + "(void* instance, ingot_slot* slots) {\n";
  text += type.results.empty() ? "  (void)slots;\n  " + call + ";\n" : "  " + result_type(type) + " r = " + call + ";\n";
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
    const bool callable = is_function && crosses(module.function_type(exported.index).params) && crosses(module.function_type(exported.index).results);
    text += "  {" + std::to_string(static_cast<int>(exported.kind)) + ", 0, " + (callable ? "call_" + number : "NULL") + ", " +
            (is_function ? "NULL" : "address_" + number) + "},\n";
  }
  return text + "};\n#define EXPORTS exports\n";
}

std::string descriptor(const ingest::Module& module, const format::Digest& module_digest) {
  const format::Digest rt_digest = format::sha256(process::bytes_of(embedded_file("wasm-rt.h")));
  const bool imports = module.function_import_count > 0;
  return std::string("\nstatic void instantiate(void* raw) {\n  w2c_m* instance = raw;\n  wasm2c_m_instantiate(instance") +
         (imports ? ", (struct w2c_h*)(void*)&instance->w2c_h_instance" : "") +
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

bool uses_vectors(const std::string& text) { return text.find("v128_from(") != std::string::npos; }

}  // namespace

std::string shim_text(const ingest::Module& module, const format::Digest& module_digest) {
  static_assert(std::string_view(INGOT_DESCRIPTOR_SYMBOL) == "ingot_descriptor_v1");
  std::string body;
  if (module.function_import_count > 0) body += import_call;
  for (std::uint32_t i = 0; i < module.function_import_count; ++i) body += import_thunk(module.function_type(i), i);
  for (std::size_t i = 0; i < module.exports.size(); ++i) {
    const ingest::ModuleExport& exported = module.exports[i];
    if (exported.kind != ExternKind::function) {
      body += address_getter(i);
      continue;
    }
    const FunctionType& type = module.function_type(exported.index);
    if (crosses(type.params) && crosses(type.results)) body += export_wrapper(type, i);
  }
  return prologue + std::string(uses_vectors(body) ? vector_helpers : "") + body + descriptor(module, module_digest);
}

CompleteC add_shim(GeneratedC generated) {
  SourceFiles files = generated.files();
  const ingest::Module& module = generated.agreed().module();
  if (module.memories.size() == 1) find_memory_near_instance(files);
  for (const EmbeddedFile& file : embedded_files()) files.emplace(file.name, file.text);
  files.emplace("shim.c", shim_text(module, format::sha256(generated.agreed().inputs().wasm())));
  return CompleteC(generated.agreed(), std::move(files));
}

}  // namespace ingot::compiler::lower
