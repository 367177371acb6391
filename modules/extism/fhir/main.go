// SPDX-License-Identifier: Apache-2.0

// Turns what a hospital's own interface says of patients into FHIR resources.
//
// Exports: patient, one record in and one resource out; bundle, a list in and a FHIR bundle out; fetch, the same for the list at
// the configuration's base_url.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/extism/go-pdk"
)

// output hands over a value as JSON; the result is what the export returns.
func output(value any, err error) int32 {
	if err == nil {
		err = pdk.OutputJSON(value)
	}
	if err != nil {
		pdk.SetError(err)
		return 1
	}
	return 0
}

// strictly reads JSON that has nothing but the members of T.
func strictly[T any](text []byte) (value T, err error) {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	if err = decoder.Decode(&value); err != nil {
		return value, fmt.Errorf("the input: %w", err)
	}
	if decoder.More() {
		return value, errors.New("the input: more than one value")
	}
	return value, nil
}

//go:wasmexport patient
func patient() int32 {
	from, err := strictly[record](pdk.Input())
	if err != nil {
		return output(nil, err)
	}
	return output(toPatient(from))
}

func toBundle(text []byte) (bundled, error) {
	list, err := strictly[[]record](text)
	if err != nil {
		return bundled{}, err
	}
	result := bundled{ResourceType: "Bundle", Type: "collection", Total: len(list), Entry: []entry{}}
	for index, from := range list {
		resource, err := toPatient(from)
		if err != nil {
			return bundled{}, fmt.Errorf("record %d: %w", index, err)
		}
		result.Entry = append(result.Entry, entry{Resource: resource})
	}
	pdk.Log(pdk.LogInfo, fmt.Sprintf("%d patients", len(list)))
	return result, nil
}

//go:wasmexport bundle
func bundle() int32 {
	return output(toBundle(pdk.Input()))
}

//go:wasmexport fetch
func fetch() int32 {
	base, found := pdk.GetConfig("base_url")
	if !found {
		return output(nil, errors.New("base_url is not configured"))
	}
	request := pdk.NewHTTPRequest(pdk.MethodGet, base+"/patients/"+pdk.InputString())
	request.SetHeader("accept", "application/json")
	answer := request.Send()
	if answer.Status() != 200 {
		return output(nil, fmt.Errorf("the hospital's interface answered %d", answer.Status()))
	}
	return output(toBundle(answer.Body()))
}

func main() {}
