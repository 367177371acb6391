// SPDX-License-Identifier: Apache-2.0
// The command line of the runtime: words to settings, one verb each, exit codes.

#include "cli/commands.hpp"

int main(int argc, char** argv) { return ingot::cli::run(argc, argv); }
