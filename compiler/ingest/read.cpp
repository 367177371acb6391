// SPDX-License-Identifier: Apache-2.0
#include "ingest/read.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

#include "ingest/cursor.hpp"
#include "ingest/static_files.hpp"
#include "limits.hpp"
#include "process/files.hpp"

namespace ingot::compiler::ingest {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t files_listed_max = 5;
constexpr std::size_t label_bytes_max = 255;

struct ModuleJson {
  std::string text;
  std::string name, version, wasm_path;
};

Error bad_module_json(const std::string& what) { return {ErrorCode::contract, "module.json: " + what}; }

Result<ModuleJson> parse_module_json(std::string text) {
  ModuleJson result;
  result.text = std::move(text);
  if (!is_utf8(result.text)) return bad_module_json("not UTF-8");
  // nlohmann's parser does not recurse, and nothing here walks the tree.
  const auto json = nlohmann::json::parse(result.text, nullptr, false);
  if (json.is_discarded()) return bad_module_json("not JSON");
  if (!json.is_object()) return bad_module_json("not a JSON object");
  for (const auto& [key, target] : {std::pair{"name", &result.name}, {"version", &result.version}, {"wasm_path", &result.wasm_path}}) {
    const auto found = json.find(key);
    if (found == json.end() || found->is_null()) continue;
    if (!found->is_string()) return bad_module_json(std::string(key) + " is not a string");
    *target = found->get<std::string>();
    if (target->size() > label_bytes_max) return bad_module_json(std::string(key) + " is longer than 255 bytes");
  }
  return result;
}

Result<fs::path> only_wasm_below(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() == ".wasm" && it->is_regular_file(error)) found.push_back(it->path());
  }
  if (error) return Error{ErrorCode::io, folder.string() + ": " + error.message()};
  if (found.size() == 1) return found.front();
  if (found.empty()) return Error{ErrorCode::contract, folder.string() + ": no *.wasm file in this module folder; build the module first"};
  std::sort(found.begin(), found.end());
  std::string list;
  for (std::size_t i = 0; i < std::min(found.size(), files_listed_max); ++i) list += (i > 0 ? ", " : "") + found[i].lexically_relative(folder).string();
  if (found.size() > files_listed_max) list += ", ...";
  return Error{ErrorCode::contract, folder.string() + ": several *.wasm files (" + list + "); name the right one as \"wasm_path\" in module.json"};
}

Result<fs::path> find_wasm(const fs::path& folder, const std::string& wasm_path) {
  std::error_code error;
  if (!wasm_path.empty()) {
    const fs::path named = folder / wasm_path;
    if (fs::is_regular_file(named, error)) return named;
    return Error{ErrorCode::contract, "module.json: wasm_path names " + named.string() + ", which is not a file"};
  }
  if (fs::is_regular_file(folder / "module.wasm", error)) return folder / "module.wasm";
  return only_wasm_below(folder);
}

}  // namespace

Result<Inputs> read(const Request& request) {
  Inputs inputs;
  std::error_code error;
  fs::path wasm = request.input;
  if (fs::is_directory(wasm, error)) {
    const fs::path folder = fs::absolute(wasm, error).lexically_normal();
    const fs::path json_path = wasm / "module.json";
    if (!fs::exists(json_path, error)) return Error{ErrorCode::contract, wasm.string() + ": a module folder needs a module.json"};
    INGOT_TRY(const format::Bytes text, process::read_file(json_path.string(), limits::module_json_bytes_max, ErrorCode::contract));
    INGOT_TRY(ModuleJson json, parse_module_json(std::string(process::text_of(text))));
    inputs.name_ = !json.name.empty() ? json.name : (folder.has_filename() ? folder : folder.parent_path()).filename().string();
    inputs.version_ = std::move(json.version);
    inputs.module_json_ = std::move(json.text);
    INGOT_TRY(inputs.static_files_, read_static_files(wasm.string(), inputs.module_json_));
    INGOT_TRY(wasm, find_wasm(wasm, json.wasm_path));
  } else {
    inputs.name_ = wasm.stem().string();
  }
  if (inputs.name_.empty() || inputs.name_.size() > label_bytes_max || !is_utf8(inputs.name_)) inputs.name_ = "module";
  INGOT_TRY(inputs.wasm_, process::read_file(wasm.string(), limits::module_bytes_max, ErrorCode::unsupported_wasm));
  return inputs;
}

}  // namespace ingot::compiler::ingest
