// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"math"

	ingot "ingot.local/projects/sdk"
)

const (
	nameMax   = 120
	budgetMax = 10000000 // minutes: 19 years
)

// page is rows of a table: ?limit=50&after=CURSOR; "next" of the answer is the cursor of the following page.
func page(request *ingot.Request, find ingot.Object) (*ingot.Response, error) {
	limit, err := ingot.Limit(request)
	if err != nil {
		return nil, err
	}
	find["op"], find["limit"] = "find", limit
	if cursor, found := request.Query["after"]; found {
		find["after"] = cursor
	}
	answer, err := ingot.Ask(find)
	if err != nil {
		return nil, err
	}
	return ingot.OK(answer), nil
}

func listProjects(request *ingot.Request) (*ingot.Response, error) {
	return page(request, ingot.Object{"table": "project", "sort": []string{"name"}})
}

// A project, with what was spent on it and what is left of its budget: less than nothing when it was overrun, null without one.
func getProject(request *ingot.Request) (*ingot.Response, error) {
	id, err := request.ID("id")
	if err != nil {
		return nil, err
	}
	row, err := ingot.Row(ingot.Object{"op": "get", "table": "project", "id": id})
	if err != nil {
		return nil, err
	}
	sums, err := ingot.Query("SELECT COALESCE(SUM(minutes), 0) AS spent FROM entry WHERE project_id = $1 AND deleted_at IS NULL", id)
	if err != nil {
		return nil, err
	}
	spent, err := whole(sums[0]["spent"])
	if err != nil {
		return nil, err
	}
	row["spent_minutes"], row["left_minutes"] = spent, nil
	if row["budget_minutes"] != nil {
		budget, err := whole(row["budget_minutes"])
		if err != nil {
			return nil, err
		}
		row["left_minutes"] = budget - spent
	}
	return ingot.OK(row), nil
}

func createProject(request *ingot.Request) (*ingot.Response, error) {
	body, err := request.Object("name", "contact_id", "budget_minutes")
	if err != nil {
		return nil, err
	}
	values, err := readProject(body)
	if err != nil {
		return nil, err
	}
	row, err := ingot.Row(ingot.Object{"op": "create", "table": "project", "values": values})
	if err != nil {
		return nil, err
	}
	id, _ := row["id"].(string)
	return ingot.Created("/api/projects/projects/"+id, row), nil
}

// The body names the version it has seen; when somebody was quicker, the answer is 409.
func updateProject(request *ingot.Request) (*ingot.Response, error) {
	id, err := request.ID("id")
	if err != nil {
		return nil, err
	}
	body, err := request.Object("name", "contact_id", "budget_minutes", "status", "version")
	if err != nil {
		return nil, err
	}
	version, err := ingot.Integer(body, "version", 1, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	status, _ := body["status"].(string)
	if status != "open" && status != "closed" {
		return nil, ingot.Refuse(400, "INVALID_FIELD", "status: must be open or closed")
	}
	values, err := readProject(body)
	if err != nil {
		return nil, err
	}
	values["status"] = status
	row, err := ingot.Row(ingot.Object{"op": "update", "table": "project", "id": id, "version": version, "set": values})
	if err != nil {
		return nil, err
	}
	return ingot.OK(row), nil
}

// What a client may say about a project, whether it is new or not.
func readProject(body ingot.Object) (ingot.Object, error) {
	name, err := ingot.Text(body, "name", nameMax)
	if err != nil {
		return nil, err
	}
	values := ingot.Object{"name": name, "contact_id": nil, "budget_minutes": nil}
	if body["budget_minutes"] != nil {
		if values["budget_minutes"], err = ingot.Integer(body, "budget_minutes", 1, budgetMax); err != nil {
			return nil, err
		}
	}
	if body["contact_id"] != nil {
		if values["contact_id"], err = contact(body["contact_id"]); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// contact is the id of a contact that crm knows.
func contact(value any) (string, error) {
	id, ok := ingot.UUID(value)
	if !ok {
		return "", ingot.Refuse(400, "INVALID_FIELD", "contact_id: must be the id of a contact")
	}
	answer, err := ingot.Call("crm", "GET", "/contacts/"+id, nil)
	switch {
	case err != nil:
		return "", err
	case answer.Status == 404:
		return "", ingot.Refuse(409, "CONTACT_UNKNOWN", "there is no such contact")
	case answer.Status != 200:
		return "", ingot.Internal("crm could not say whether there is such a contact")
	}
	return id, nil
}

// whole is a number that the database gave.
func whole(value any) (int64, error) {
	number, ok := value.(json.Number)
	if !ok {
		return 0, ingot.Internal("the database gave no number")
	}
	return number.Int64()
}
