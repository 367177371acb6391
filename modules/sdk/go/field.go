// SPDX-License-Identifier: Apache-2.0

package ingot

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

func invalid(field, rule string) error { return Refuse(400, "INVALID_FIELD", field+": "+rule) }

// Text is a text without spaces around it, of 1 to lengthMax characters.
func Text(object Object, field string, lengthMax int) (string, error) {
	text, err := OptionalText(object, field, lengthMax)
	if err == nil && text == nil {
		err = invalid(field, "is required")
	}
	if err != nil {
		return "", err
	}
	return *text, nil
}

// OptionalText is the same, or nil when there is none.
func OptionalText(object Object, field string, lengthMax int) (*string, error) {
	value := object[field]
	if value == nil {
		return nil, nil
	}
	text, ok := value.(string)
	if !ok {
		return nil, invalid(field, "must be a text")
	}
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) > lengthMax {
		return nil, invalid(field, "must be at most "+strconv.Itoa(lengthMax)+" characters")
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return nil, invalid(field, "must not contain control characters")
	}
	if text == "" {
		return nil, nil
	}
	return &text, nil
}

// Integer is a whole number from min to max.
func Integer(object Object, field string, min, max int64) (int64, error) {
	if object[field] == nil {
		return 0, invalid(field, "is required")
	}
	return IntegerOr(object, field, 0, min, max)
}

// IntegerOr is the same, or otherwise when there is none.
func IntegerOr(object Object, field string, otherwise, min, max int64) (int64, error) {
	value := object[field]
	if value == nil {
		return otherwise, nil
	}
	digits, _ := value.(json.Number)
	number, err := digits.Int64()
	if err != nil {
		// 7.0 is a whole number, too.
		real, err := digits.Float64()
		if err != nil || real != math.Trunc(real) || math.Abs(real) >= 1<<53 {
			return 0, invalid(field, "must be a whole number")
		}
		number = int64(real)
	}
	if number < min || number > max {
		return 0, invalid(field, "must be between "+strconv.FormatInt(min, 10)+" and "+strconv.FormatInt(max, 10))
	}
	return number, nil
}

const (
	limitDefault = 50
	limitMax     = 200
)

// Limit is the request's ?limit=: how many rows a page has.
func Limit(request *Request) (int, error) {
	text, found := request.Query["limit"]
	if !found {
		return limitDefault, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > limitMax {
		return 0, Refuse(400, "INVALID_QUERY", "limit must be a number from 1 to "+strconv.Itoa(limitMax))
	}
	return limit, nil
}
