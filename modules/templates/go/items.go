// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"

	ingot "ingot.local/@NAME@/sdk"
)

const table = "@NAME@_item"

// Items by name: ?limit=50&after=CURSOR; "next" of the answer is the cursor of the following page.
func listItems(request *ingot.Request) (*ingot.Response, error) {
	limit, err := ingot.Limit(request)
	if err != nil {
		return nil, err
	}
	find := ingot.Object{"op": "find", "table": table, "sort": []string{"name"}, "limit": limit}
	if cursor, found := request.Query["after"]; found {
		find["after"] = cursor
	}
	answer, err := ingot.Ask(find)
	if err != nil {
		return nil, err
	}
	return ingot.OK(answer), nil
}

func getItem(request *ingot.Request) (*ingot.Response, error) {
	id, err := request.ID("id")
	if err != nil {
		return nil, err
	}
	return show(ingot.Row(ingot.Object{"op": "get", "table": table, "id": id}))
}

func createItem(request *ingot.Request) (*ingot.Response, error) {
	values, err := read(request)
	if err != nil {
		return nil, err
	}
	row, err := ingot.Row(ingot.Object{"op": "create", "table": table, "values": values})
	if err != nil {
		return nil, err
	}
	id, _ := row["id"].(string)
	return ingot.Created("/api/@NAME@/items/"+id, row), nil
}

// The body names the version it has seen; when somebody was quicker, the answer is 409.
func updateItem(request *ingot.Request) (*ingot.Response, error) {
	id, err := request.ID("id")
	if err != nil {
		return nil, err
	}
	values, err := read(request)
	if err != nil {
		return nil, err
	}
	body, err := request.Object("name", "quantity", "version")
	if err != nil {
		return nil, err
	}
	version, err := ingot.Integer(body, "version", 1, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	return show(ingot.Row(ingot.Object{"op": "update", "table": table, "id": id, "version": version, "set": values}))
}

// What a client may say about an item; version when it changes one.
func read(request *ingot.Request) (ingot.Object, error) {
	body, err := request.Object("name", "quantity", "version")
	if err != nil {
		return nil, err
	}
	name, err := ingot.Text(body, "name", 120)
	if err != nil {
		return nil, err
	}
	quantity, err := ingot.IntegerOr(body, "quantity", 0, 0, 1000000)
	if err != nil {
		return nil, err
	}
	return ingot.Object{"name": name, "quantity": quantity}, nil
}

func show(row ingot.Object, err error) (*ingot.Response, error) {
	if err != nil {
		return nil, err
	}
	return ingot.OK(row), nil
}
