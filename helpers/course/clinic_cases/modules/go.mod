module example.com/modules

go 1.19

require github.com/mattn/go-isatty v0.0.16

require golang.org/x/sys v0.3.0 // indirect
