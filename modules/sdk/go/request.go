// SPDX-License-Identifier: Apache-2.0

package ingot

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
)

// Object is a JSON object. Its numbers are of the type json.Number, so that no digit of one is lost on its way.
type Object = map[string]any

// A Request is what a client asks.
type Request struct {
	Params    map[string]string `json:"params"` // of the path
	Query     map[string]string `json:"query"`
	Headers   map[string]string `json:"headers"`
	RequestID string            `json:"request_id"`
	Identity  *Identity         `json:"identity"` // nil: nobody in particular
	Body      any               `json:"body"`
}

// An Identity is who asks.
type Identity struct {
	Subject string   `json:"subject"`
	Tenant  string   `json:"tenant"`
	Roles   []string `json:"roles"`
}

func parseRequest(text []byte) (*Request, error) {
	request := new(Request)
	if decode(text, request) != nil {
		return nil, Refuse(400, "INVALID_REQUEST", "the request cannot be read")
	}
	return request, nil
}

// ID is the path parameter name, a UUID in small letters. What is none is no record's.
func (request *Request) ID(name string) (string, error) {
	id, ok := UUID(request.Params[name])
	if !ok {
		return "", NotFound("record")
	}
	return id, nil
}

// UUID is the value, which has to be a text, as a UUID in small letters; false when it is none.
func UUID(value any) (string, bool) {
	text, _ := value.(string)
	text = strings.ToLower(text)
	return text, isUUID(text)
}

// Object is the body, which has to be a JSON object with no other members than these: a misspelt one would otherwise be taken for one that was left out.
func (request *Request) Object(names ...string) (Object, error) {
	object, ok := request.Body.(Object)
	if !ok {
		return nil, Refuse(400, "BODY_NOT_OBJECT", "the body must be a JSON object")
	}
	for name := range object {
		if !slices.Contains(names, name) {
			return nil, Refuse(400, "INVALID_FIELD", "the body has a member that is not known here; it may have "+strings.Join(names, ", "))
		}
	}
	return object, nil
}

func isUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for index := range len(text) {
		if index == 8 || index == 13 || index == 18 || index == 23 {
			if text[index] != '-' {
				return false
			}
		} else if !strings.Contains("0123456789abcdef", text[index:index+1]) {
			return false
		}
	}
	return true
}

// decode reads one JSON value, and nothing behind it.
func decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return Internal("there is more than one value")
	}
	return nil
}

// encode is a value as JSON. What has none (a function, a cycle) is a fault of the module's.
func encode(value any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}
