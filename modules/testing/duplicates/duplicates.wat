;; SPDX-License-Identifier: Apache-2.0
;; Version 1 of a module that is upgraded badly; next/ is version 2.
(module
  ;;include include/base.wat
  ;;include include/duplicates.wat
  (data (i32.const 1200) "[{\"entity\":\"duplicate\",\"version\":1,\"operations\":[{\"type\":\"create_table\",\"table\":\"duplicate\",\"columns\":[{\"name\":\"code\",\"sql_type\":\"TEXT\"}]}]}]")  ;; 141
  (func (export "migrate") (result i32) (i32.const 1200))
  (func (export "migrate_len") (result i32) (i32.const 141))
)
