# SPDX-License-Identifier: Apache-2.0
# INGOT_SANITIZE is a list for -fsanitize=, set by presets.
if(INGOT_SANITIZE)
  add_compile_options(-fsanitize=${INGOT_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${INGOT_SANITIZE})
  if(INGOT_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
