;; SPDX-License-Identifier: Apache-2.0
;; Version 1 is good and stays. Version 2 fails at its third operation like badmigrate's: neither its column nor its index may
;; remain.
(module
  ;;include include/base.wat
  ;;include include/quiet.wat
  (data (i32.const 1100) "[{\"entity\":\"later\",\"version\":1,\"operations\":[{\"type\":\"create_table\",\"table\":\"laterfirst\",\"columns\":[{\"name\":\"code\",\"sql_type\":\"TEXT\"}]}]},{\"entity\":\"later\",\"version\":2,\"operations\":[{\"type\":\"add_column\",\"table\":\"laterfirst\",\"column\":\"extra\",\"sql_type\":\"TEXT\"},{\"type\":\"create_index\",\"table\":\"laterfirst\",\"columns\":[\"extra\"],\"unique\":false},{\"type\":\"create_table\",\"table\":\"idx_laterfirst_extra\",\"columns\":[{\"name\":\"code\",\"sql_type\":\"TEXT\"}]}]}]")  ;; 443
  (func (export "migrate") (result i32) (i32.const 1100))
  (func (export "migrate_len") (result i32) (i32.const 443))
)
