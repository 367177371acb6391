// SPDX-License-Identifier: Apache-2.0
#include "cli/console.hpp"

#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <cstdlib>
#include <cstring>

namespace ingot::compiler::cli {
namespace {

bool on_terminal() {
  static const bool terminal = ::isatty(2) != 0 && std::getenv("TERM") != nullptr && std::strcmp(std::getenv("TERM"), "dumb") != 0;
  return terminal;
}

bool coloured() {
  const char* no_color = std::getenv("NO_COLOR");
  return on_terminal() && (no_color == nullptr || *no_color == '\0');
}

}  // namespace

std::string printable(std::string text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n') || byte == 0x7f) c = '?';
  }
  // The C1 controls hide in UTF-8 as C2 80..9F.
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0) text[i] = text[i + 1] = '?';
  }
  return text;
}

void print_error(const Error& error) {
  clear_progress();
  const char* label = coloured() ? "\033[31merror:\033[0m" : "error:";
  std::fprintf(stderr, "ingotc: %s %s\n", label, printable(error.message).c_str());
}

void print_note(const std::string& text) {
  clear_progress();
  std::fprintf(stderr, "ingotc: note: %s\n", printable(text).c_str());
}

void print_json_error(const Error& error) {
  const nlohmann::json text{{"error", {{"code", error_code_name(error.code)}, {"message", error.message}}},
                            {"exit_code", exit_code_for(error.code)}};
  std::printf("%s\n", text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

Progress terminal_progress() {
  if (!on_terminal()) return {};
  return [](const char* phase, std::size_t done, std::size_t total) {
    if (total == 0) {
      std::fprintf(stderr, "\r\033[K%s", phase);
    } else {
      std::fprintf(stderr, "\r\033[K%s %zu/%zu", phase, done, total);
    }
  };
}

void clear_progress() {
  if (on_terminal()) std::fprintf(stderr, "\r\033[K");
}

}  // namespace ingot::compiler::cli
