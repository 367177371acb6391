module ingot.local/projects

go 1.24
