# SPDX-License-Identifier: Apache-2.0
# The files of a new module, as new_files.hpp names them: LANGUAGE/FILE, and project/FILE for the project around it. Included by ../CMakeLists.txt.
# tests/e2e/new_module.mjs finds what is missing here.
set(templates ${PROJECT_SOURCE_DIR}/modules/templates)
set(new_files project/eerp-config.json=${templates}/project/eerp-config.json)
foreach(language rust c assemblyscript go)
  list(APPEND new_files ${language}/.gitignore=${templates}/gitignore ${language}/module.json=${templates}/module.json)
  foreach(file README.md build)
    list(APPEND new_files ${language}/${file}=${templates}/${language}/${file})
  endforeach()
endforeach()
foreach(language rust c go)
  list(APPEND new_files ${language}/migrations.json=${templates}/migrations.json)
endforeach()
foreach(file rust/Cargo.toml rust/src/lib.rs rust/src/items.rs c/src/main.c c/src/items.c c/src/items.h assemblyscript/package.json
    assemblyscript/package-lock.json assemblyscript/assembly/index.ts assemblyscript/assembly/items.ts assemblyscript/assembly/migrations.ts go/go.mod go/main.go go/items.go)
  list(APPEND new_files ${file}=${templates}/${file})
endforeach()

# Each stands alone: with the SDK of its language.
set(sdk ${PROJECT_SOURCE_DIR}/modules/sdk)
list(APPEND new_files rust/sdk/Cargo.toml=${sdk}/rust/Cargo.toml c/include/ingot/guest.h=${PROJECT_SOURCE_DIR}/abi/include/ingot/guest.h)
foreach(file data db field host lib memory module page panic request response services)
  list(APPEND new_files rust/sdk/src/${file}.rs=${sdk}/rust/src/${file}.rs)
endforeach()
foreach(file data.c data.h database.c database.h field.c json.c json.h memory.c page.c page.h reply.c reply.h request.c request.h text.c text.h)
  list(APPEND new_files c/sdk/${file}=${sdk}/c/${file})
endforeach()
foreach(file calendar data database field host index json json_parser memory request response router)
  list(APPEND new_files assemblyscript/sdk/${file}.ts=${sdk}/as/${file}.ts)
endforeach()
foreach(file data field host log module request response standalone/main)
  list(APPEND new_files go/sdk/${file}.go=${sdk}/go/${file}.go)
endforeach()

set(new_dependencies ${new_files})
list(TRANSFORM new_dependencies REPLACE "^[^=]+=" "")
add_custom_command(
  OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/new_files.cpp
  COMMAND ${CMAKE_COMMAND} -DOUTPUT=${CMAKE_CURRENT_BINARY_DIR}/new_files.cpp "-DFILES=${new_files}" -DHEADER=cli/new_files.hpp
    -DNAMESPACE=ingot::compiler::cli -DFUNCTION=new_files -P ${CMAKE_CURRENT_SOURCE_DIR}/lower/embed.cmake
  DEPENDS ${new_dependencies} ${CMAKE_CURRENT_SOURCE_DIR}/lower/embed.cmake VERBATIM)
