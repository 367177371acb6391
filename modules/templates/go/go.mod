module ingot.local/@NAME@

go 1.24
