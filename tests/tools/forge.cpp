// SPDX-License-Identifier: Apache-2.0
//
// Makes bundles that a liar with a trusted key could make, so that the check under test is the one that refuses. For tests only.
//
//   forge IN OUT --key FILE [--abi N] [--only LEVEL] [--rename-level FROM TO]

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "format/bundle.hpp"
#include "format/signature.hpp"

namespace format = ingot::format;

int main(int argc, char** argv) {
  const auto read = [](const char* path) {
    std::ifstream stream(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  if (argc < 3) return 2;
  const std::string text = read(argv[1]);
  const format::Bytes bytes(text.begin(), text.end());
  const auto view = format::parse_bundle(bytes).value();
  format::Manifest manifest = view.manifest;
  std::vector<format::ObjectInput> objects;
  for (const auto& object : view.objects) objects.push_back({object.level, {object.bytes.begin(), object.bytes.end()}});
  std::string key_path;
  for (int at = 3; at < argc; ++at) {
    const std::string word = argv[at];
    if (word == "--key" && at + 1 < argc) key_path = argv[++at];
    else if (word == "--abi" && at + 1 < argc) manifest.abi_version = static_cast<std::uint32_t>(std::atoi(argv[++at]));
    else if (word == "--only" && at + 1 < argc) {
      const std::string level = argv[++at];
      std::erase_if(objects, [&](const auto& object) { return object.level != level; });
    } else if (word == "--rename-level" && at + 2 < argc) {
      const std::string from = argv[++at];
      const std::string to = argv[++at];
      for (auto& object : objects) {
        if (object.level == from) object.level = to;
      }
    } else {
      return 2;
    }
  }
  format::Bytes forged = format::write_bundle(manifest, objects, {.symbols = view.symbols, .provenance = view.provenance, .static_files = view.static_files});
  if (!key_path.empty()) {
    const auto key = format::parse_private_key(read(key_path.c_str())).value();
    forged = format::with_signatures(forged, {format::sign(key, format::parse_bundle(forged).value().signed_bytes)});
  }
  std::ofstream(argv[2], std::ios::binary).write(reinterpret_cast<const char*>(forged.data()), static_cast<std::streamsize>(forged.size()));
  return 0;
}
