;; SPDX-License-Identifier: Apache-2.0
;; One version of three operations. The third makes a table with the name of the index that the second has made: no rule of the
;; grammar forbids that, but tables and indexes share their names in both databases. Nothing of the version may remain.
(module
  ;;include include/base.wat
  ;;include include/quiet.wat
  (data (i32.const 1100) "[{\"entity\":\"bad\",\"version\":1,\"operations\":[{\"type\":\"create_table\",\"table\":\"badfirst\",\"columns\":[{\"name\":\"code\",\"sql_type\":\"TEXT\"}]},{\"type\":\"create_index\",\"table\":\"badfirst\",\"columns\":[\"code\"],\"unique\":false},{\"type\":\"create_table\",\"table\":\"idx_badfirst_code\",\"columns\":[{\"name\":\"code\",\"sql_type\":\"TEXT\"}]}]}]")  ;; 309
  (func (export "migrate") (result i32) (i32.const 1100))
  (func (export "migrate_len") (result i32) (i32.const 309))
)
