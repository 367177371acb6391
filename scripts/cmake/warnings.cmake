# SPDX-License-Identifier: Apache-2.0
# Warnings for our own code; INGOT_WERROR (set by the dev preset) makes them errors.
add_library(ingot_warnings INTERFACE)
target_compile_options(ingot_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wshadow -Wconversion>)
if(INGOT_WERROR)
  target_compile_options(ingot_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
endif()
