// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

func main() {
	arguments := os.Args[1:]
	fmt.Printf("%d arguments\n", len(arguments))
	for _, argument := range arguments {
		fmt.Println("argument", argument)
	}
	if currency, found := os.LookupEnv("CURRENCY"); found {
		fmt.Println("currency", currency)
	} else {
		fmt.Println("no currency")
	}
	sum := int64(0)
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		value, _ := strconv.ParseInt(strings.TrimSpace(input.Text()), 10, 64)
		sum += value
	}
	fmt.Println("sum", sum)

	folder, code := ".", 0
	if len(arguments) > 0 {
		folder = arguments[0]
	}
	if len(arguments) > 1 {
		code, _ = strconv.Atoi(arguments[1])
	}
	text, err := os.ReadFile(folder + "/amounts.txt")
	if err != nil {
		fmt.Println("cannot read amounts.txt")
		os.Exit(3)
	}
	report := fmt.Sprintf("%d lines, %d bytes\n", bytes.Count(text, []byte("\n")), len(text))
	fmt.Print(report)
	if err := os.WriteFile(folder+"/report.txt", []byte(report), 0o644); err != nil {
		panic(err)
	}
	fmt.Fprintln(os.Stderr, "done")
	os.Exit(code)
}
