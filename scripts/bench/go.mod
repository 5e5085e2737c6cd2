// The benchmark is a module of its own: mending a fault in acfix needs none of it.
module github.com/acfix/acfix/scripts/bench

go 1.26.0

require (
	github.com/acfix/acfix v0.0.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/hashicorp/go-version v1.9.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)

replace github.com/acfix/acfix => ../..
