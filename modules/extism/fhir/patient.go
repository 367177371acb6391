// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// record is what the hospital's own interface says of a patient.
type record struct {
	ID      string `json:"id"`
	Nome    string `json:"nome"`
	CPF     string `json:"cpf"`
	CNS     string `json:"cns"`
	Sexo    string `json:"sexo"`
	Nasc    string `json:"nascimento"` // DD/MM/YYYY
	Celular string `json:"celular"`
	Ativo   *bool  `json:"ativo"`
}

// The parts of a FHIR R4 Patient that a record can fill.
type (
	identifier struct {
		System string `json:"system"`
		Value  string `json:"value"`
	}
	name struct {
		Use    string   `json:"use"`
		Text   string   `json:"text"`
		Family string   `json:"family"`
		Given  []string `json:"given"`
	}
	contact struct {
		System string `json:"system"`
		Value  string `json:"value"`
		Use    string `json:"use"`
	}
	resource struct {
		ResourceType string       `json:"resourceType"`
		ID           string       `json:"id"`
		Active       bool         `json:"active"`
		Identifier   []identifier `json:"identifier,omitempty"`
		Name         []name       `json:"name"`
		Telecom      []contact    `json:"telecom,omitempty"`
		Gender       string       `json:"gender"`
		BirthDate    string       `json:"birthDate,omitempty"`
	}
	entry struct {
		Resource resource `json:"resource"`
	}
	bundled struct {
		ResourceType string  `json:"resourceType"`
		Type         string  `json:"type"`
		Total        int     `json:"total"`
		Entry        []entry `json:"entry"`
	}
)

// The registers' names in Brazil's national profile.
const (
	systemOfCPF = "http://rnds.saude.gov.br/fhir/r4/NamingSystem/cpf"
	systemOfCNS = "http://rnds.saude.gov.br/fhir/r4/NamingSystem/cns"
)

func onlyDigits(text string) string {
	return strings.Map(func(character rune) rune {
		if character < '0' || character > '9' {
			return -1
		}
		return character
	}, text)
}

func toPatient(from record) (resource, error) {
	if from.ID == "" {
		return resource{}, errors.New("id is missing")
	}
	words := strings.Fields(from.Nome)
	if len(words) < 2 {
		return resource{}, fmt.Errorf("nome %q is not a first and a last name", from.Nome)
	}
	genders := map[string]string{"M": "male", "F": "female", "O": "other", "": "unknown"}
	gender, known := genders[strings.ToUpper(from.Sexo)]
	if !known {
		return resource{}, fmt.Errorf("sexo %q is none of M, F and O", from.Sexo)
	}
	made := resource{
		ResourceType: "Patient",
		ID:           from.ID,
		Active:       from.Ativo == nil || *from.Ativo,
		Name:         []name{{Use: "official", Text: strings.Join(words, " "), Family: words[len(words)-1], Given: words[:len(words)-1]}},
		Gender:       gender,
	}
	if from.Nasc != "" {
		born, err := time.Parse("02/01/2006", from.Nasc)
		if err != nil {
			return resource{}, fmt.Errorf("nascimento %q is not DD/MM/YYYY", from.Nasc)
		}
		made.BirthDate = born.Format("2006-01-02")
	}
	if from.CPF != "" {
		made.Identifier = append(made.Identifier, identifier{systemOfCPF, onlyDigits(from.CPF)})
	}
	if from.CNS != "" {
		made.Identifier = append(made.Identifier, identifier{systemOfCNS, onlyDigits(from.CNS)})
	}
	if from.Celular != "" {
		made.Telecom = append(made.Telecom, contact{"phone", "+55" + onlyDigits(from.Celular), "mobile"})
	}
	return made, nil
}
