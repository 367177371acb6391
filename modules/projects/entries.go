// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"

	ingot "ingot.local/projects/sdk"
)

const (
	minutesMax = 24 * 60 // of one entry: it belongs to one day
	noteMax    = 300
)

func listEntries(request *ingot.Request) (*ingot.Response, error) {
	project, err := projectOf(request)
	if err != nil {
		return nil, err
	}
	return page(request, ingot.Object{"table": "entry", "where": []any{[]any{"project_id", "=", project["id"]}}, "sort": []string{"day"}})
}

func createEntry(request *ingot.Request) (*ingot.Response, error) {
	body, err := request.Object("day", "minutes", "note")
	if err != nil {
		return nil, err
	}
	day, err := ingot.Text(body, "day", len(time.DateOnly))
	if err != nil {
		return nil, err
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil || day < "1900" {
		return nil, ingot.Refuse(400, "INVALID_FIELD", "day: must be a day from 1900 on, like 2026-01-31")
	}
	minutes, err := ingot.Integer(body, "minutes", 1, minutesMax)
	if err != nil {
		return nil, err
	}
	note, err := ingot.OptionalText(body, "note", noteMax)
	if err != nil {
		return nil, err
	}
	project, err := projectOf(request)
	if err != nil {
		return nil, err
	}
	if project["status"] != "open" {
		return nil, ingot.Refuse(409, "PROJECT_CLOSED", "no time is booked on a closed project")
	}
	row, err := ingot.Row(ingot.Object{"op": "create", "table": "entry",
		"values": ingot.Object{"project_id": project["id"], "day": day, "minutes": minutes, "note": note}})
	if err != nil {
		return nil, err
	}
	return &ingot.Response{Status: 201, Body: row}, nil
}

func deleteEntry(request *ingot.Request) (*ingot.Response, error) {
	id, err := request.ID("id")
	if err != nil {
		return nil, err
	}
	row, err := ingot.Row(ingot.Object{"op": "delete", "table": "entry", "id": id})
	if err != nil {
		return nil, err
	}
	return ingot.OK(row), nil
}

// projectOf is the project of the path. It asks with a statement: who may see entries need not be allowed to see projects.
func projectOf(request *ingot.Request) (ingot.Object, error) {
	id, err := request.ID("id")
	if err != nil {
		return nil, err
	}
	rows, err := ingot.Query("SELECT id, status FROM project WHERE id = $1 AND deleted_at IS NULL", id)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, ingot.NotFound("project")
	}
	return rows[0], nil
}
