;; SPDX-License-Identifier: Apache-2.0
;; What matters about this guest stands in its module.json.
(module
  ;;include include/base.wat
  ;;include include/quiet.wat
)
