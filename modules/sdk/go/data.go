// SPDX-License-Identifier: Apache-2.0

package ingot

// The data service: what a module wants of its own tables, said in JSON (abi/DATA.md). The host makes the SQL, keeps times and
// versions, deletes softly, asks for rights and writes down who changed what.

// Ask sends a request to the data service. What the caller may have caused comes back as a refusal to return: 404 for a row that is
// not there, 409 for a version that is not the latest, 403 for a right that is missing, 400 for a request that is wrong.
func Ask(request Object) (Object, error) {
	return collect(hostData(string(encode(request)))).object()
}

// Row is the row of an answer that holds one: of get, create, update, upsert, delete and restore.
func Row(request Object) (Object, error) {
	answer, err := Ask(request)
	if err != nil {
		return nil, err
	}
	row, _ := answer["row"].(Object)
	return row, nil
}

// Query runs a statement that returns rows; params are $1, $2 and so on.
func Query(sql string, params ...any) ([]Object, error) {
	answer, err := collect(hostQuery(sql, paramsText(params))).object()
	if err != nil {
		return nil, err
	}
	list, _ := answer["rows"].([]any)
	rows := make([]Object, 0, len(list))
	for _, each := range list {
		row, _ := each.(Object)
		rows = append(rows, row)
	}
	return rows, nil
}

// Execute runs a statement that changes rows. Its answer has "rows_affected", and "rows" where there is a RETURNING.
func Execute(sql string, params ...any) (Object, error) {
	return collect(hostExecute(sql, paramsText(params))).object()
}

// A CallAnswer is another module's, as it wrote it.
type CallAnswer struct {
	Status int `json:"status"`
	Body   any `json:"body"`
}

// Call asks another module's route, inside this request's transaction. An answer of 400 or more is no error; what the other module
// wrote is undone then.
func Call(module, method, path string, body any) (*CallAnswer, error) {
	found := collect(hostCall(module, method, path, string(encode(body))))
	if !found.ok {
		return nil, failure(found.text)
	}
	answer := new(CallAnswer)
	return answer, decode(found.text, answer)
}

func paramsText(params []any) string {
	if len(params) == 0 {
		return ""
	}
	return string(encode(params))
}

func (found outcome) object() (Object, error) {
	if !found.ok {
		return nil, failure(found.text)
	}
	var object Object
	return object, decode(found.text, &object)
}

// failure is what a host function's error means to the client. What it may have caused keeps its code; the rest is told to the log.
func failure(text []byte) error {
	var whole struct {
		Error struct{ Code, Message string }
	}
	if decode(text, &whole) != nil || whole.Error.Code == "" {
		whole.Error.Code = "DATABASE_ERROR"
	}
	code, message := whole.Error.Code, whole.Error.Message
	status := 500
	switch code {
	case "NOT_FOUND":
		status = 404
	case "CONFLICT", "UNIQUE_VIOLATION", "FOREIGN_KEY_VIOLATION", "TRANSACTION_ABORTED":
		status = 409
	case "NOT_ALLOWED":
		status = 403
	case "NOT_NULL_VIOLATION", "CHECK_VIOLATION", "INVALID_PARAMS":
		status = 400
	case "BUSY", "DEADLINE", "LIMIT", "UNAVAILABLE":
		status = 503
	}
	if status < 500 {
		return Refuse(status, code, message)
	}
	Log(Error, code+": "+message)
	return Refuse(status, code, "the database could not serve this request")
}
