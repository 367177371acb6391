// SPDX-License-Identifier: Apache-2.0

// The module's tables and routes. What the routes do stands in projects.go and entries.go.
package main

import (
	_ "embed"

	ingot "ingot.local/projects/sdk"
)

//go:embed migrations.json
var migrations string

//go:embed openapi.json
var openapi string

func init() {
	ingot.Describe(openapi)
	ingot.Serve(migrations, []ingot.Route{
		{"GET", "/projects", "projects:project:read", listProjects},
		{"POST", "/projects", "projects:project:create", createProject},
		{"GET", "/projects/{id}", "projects:project:read", getProject},
		{"PUT", "/projects/{id}", "projects:project:update", updateProject},
		{"GET", "/projects/{id}/entries", "projects:entry:read", listEntries},
		{"POST", "/projects/{id}/entries", "projects:entry:create", createEntry},
		{"DELETE", "/entries/{id}", "projects:entry:delete", deleteEntry},
	})
}

// The host calls the routes; there is nothing to run.
func main() {}
