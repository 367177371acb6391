// SPDX-License-Identifier: Apache-2.0

package ingot

import "errors"

// A Response is what a client gets; Body is anything that has a JSON form.
type Response struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    any               `json:"body"`
}

// OK is a response of status 200.
func OK(body any) *Response { return &Response{Status: 200, Body: body} }

// Created is a response of status 201, with the place of what was made.
func Created(location string, body any) *Response {
	return &Response{Status: 201, Headers: map[string]string{"location": location}, Body: body}
}

func (response *Response) encode() []byte { return encode(response) }

// A Refusal is an error that the client is told: its status is 400 or more.
type Refusal struct {
	Status        int
	Code, Message string
}

func (refusal *Refusal) Error() string { return refusal.Code + ": " + refusal.Message }

// Refuse makes a refusal.
func Refuse(status int, code, message string) *Refusal { return &Refusal{status, code, message} }

// NotFound is the refusal to show what is not there.
func NotFound(what string) *Refusal { return Refuse(404, "NOT_FOUND", "no such "+what) }

// Internal is the refusal for which the module is to blame.
func Internal(message string) *Refusal { return Refuse(500, "INTERNAL_ERROR", message) }

// refusalOf is what the client is told of any error.
func refusalOf(err error) *Refusal {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return refusal
	}
	Log(Error, err.Error())
	return Internal("the module could not answer")
}

func (refusal *Refusal) response() *Response {
	return &Response{Status: refusal.Status, Body: map[string]string{"code": refusal.Code, "message": refusal.Message}}
}
