// SPDX-License-Identifier: Apache-2.0

// The module's tables and routes. What the routes do stands in items.go.
package main

import (
	_ "embed"

	ingot "ingot.local/@NAME@/sdk"
)

//go:embed migrations.json
var migrations string

func init() {
	ingot.Serve(migrations, []ingot.Route{
		{"GET", "/items", "@NAME@:@NAME@_item:read", listItems},
		{"POST", "/items", "@NAME@:@NAME@_item:create", createItem},
		{"GET", "/items/{id}", "@NAME@:@NAME@_item:read", getItem},
		{"PUT", "/items/{id}", "@NAME@:@NAME@_item:update", updateItem},
	})
}

// The host calls the routes; there is nothing to run.
func main() {}
