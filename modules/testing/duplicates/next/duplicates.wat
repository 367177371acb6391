;; SPDX-License-Identifier: Apache-2.0
;; Version 2: its third operation, a unique index, fails when the code was stored twice under version 1, and succeeds otherwise.
(module
  ;;include include/base.wat
  ;;include include/duplicates.wat
  (data (i32.const 1200) "[{\"entity\":\"duplicate\",\"version\":1,\"operations\":[{\"type\":\"create_table\",\"table\":\"duplicate\",\"columns\":[{\"name\":\"code\",\"sql_type\":\"TEXT\"}]}]},{\"entity\":\"duplicate\",\"version\":2,\"operations\":[{\"type\":\"add_column\",\"table\":\"duplicate\",\"column\":\"note\",\"sql_type\":\"TEXT\"},{\"type\":\"create_table\",\"table\":\"duplicate_other\",\"columns\":[{\"name\":\"code\",\"sql_type\":\"TEXT\"}]},{\"type\":\"create_index\",\"table\":\"duplicate\",\"columns\":[\"code\"],\"unique\":true}]}]")  ;; 440
  (func (export "migrate") (result i32) (i32.const 1200))
  (func (export "migrate_len") (result i32) (i32.const 440))
)
