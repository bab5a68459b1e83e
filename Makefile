# `make` alone prints the targets.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test pictures screenshots bench fuzz check deployed build deployable reference token redrive import clients clean with

# Binaries do not depend on the state of the git folder.
export GOFLAGS := $(strip $(GOFLAGS) -buildvcs=false)

# What goes to Lambda: without symbols, paths of this machine, the RPC mode of old runtimes, and HTTP/2, which nothing that is called here needs.
LDFLAGS := -s -w
TAGS := lambda.norpc,nethttpomithttp2
ARCH ?= arm64
FUNCTIONS := ./functions/...
BUILD_DIR := .build
BENCH := .
FUZZ := 8000

# sizes prints the size of each of the files $(1), which lie in a folder per function.
sizes = wc -c $(1) | awk '$$2 != "total" {n = split($$2, p, "/"); printf "  %5.1f MB  %s\n", $$1 / 1e6, p[n - 1]}'

# Of what deploys: templates looks at it, and sam_build builds it into .aws-sam/build and the sample that has a function beside it. What SAM says, some 150 lines, is shown when it fails.
quietly = mkdir -p $(BUILD_DIR); $(1) >$(BUILD_DIR)/sam.log 2>&1 || { cat $(BUILD_DIR)/sam.log; exit 1; }
define templates
echo "sam validate --lint, cfn-lint ..."
$(call quietly,infra/tools/sam.sh validate --lint --template template.yaml)
.venv/bin/cfn-lint template.yaml events/examples/*/template.yaml
.venv/bin/python infra/tools/expand.py template.yaml
endef
sam_flags = GOFLAGS='$(GOFLAGS) -trimpath -tags=$(TAGS) "-ldflags=$(LDFLAGS)"'
define sam_build
echo "sam build ..."
$(call quietly,$(sam_flags) infra/tools/sam.sh build --parallel --template template.yaml)
$(call quietly,$(sam_flags) infra/tools/sam.sh build --template events/examples/roles/template.yaml --build-dir .aws-sam/roles)
endef

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## start the whole local stack (PORT=8080, DATA_DIR= to keep data, PUSH= a URL that gets events, DYNAMODB_PORT=), Ctrl-C ends it
	@go build -o .build/bin/local ./infra/local
	@exec .build/bin/local

test: with ## run all tests against one DynamoDB Local and a real browser
	@infra/tools/chromium.sh
	@echo "Testing (some minutes; each package says ok when it is done) ..."
	@packages=$$(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...); \
		.build/bin/with go test -vet=off -parallel 6 -timeout 20m $$packages

pictures: with ## take the pictures of the README anew, in infra/browser/pictures
	@infra/tools/chromium.sh
	@.build/bin/with go test ./infra/browser -run '^TestPicturesOfTheReadme$$' -count 1 -pictures

screenshots: with ## take a picture of every page and mail in every state, in .build/screenshots
	@infra/tools/chromium.sh
	@.build/bin/with go test ./infra/browser -parallel 6 -timeout 20m -count 1 -screenshots

bench: with ## measure the figures of the README (BENCH=Stack one group of them)
	@echo "Measuring binaries, cold starts, operations on DynamoDB Local and the local stack, some minutes (infra/bench) ..."
	@.build/bin/with go test -run '^$$' -bench '$(BENCH)' -benchtime 1x -timeout 20m ./infra/bench

fuzz: ## feed made-up input to everything that reads what strangers send, some 15 seconds (FUZZ=100000 inputs of each)
	@echo "Fuzzing, $(FUZZ) inputs of each (some 15 seconds) ..."
	@infra/tools/fuzz.sh $(FUZZ)

check: ## format, lint, vet, templates, build as SAM deploys
	@echo "gofumpt ..."
	@infra/tools/go-tool.sh gofumpt -d $(wildcard functions internal infra events)
	@echo "golangci-lint ..."
	@infra/tools/go-tool.sh golangci-lint run ./...
	@echo "go vet ..."
	@go vet ./...
	@$(call templates)
	@$(call sam_build)

deployed: ## create the stack on an emulator of AWS, and run the built functions as it has them
	@mkdir -p .build/deployed
	@infra/tools/sam.sh --version >.build/sam.log
	@infra/tools/venv.sh infra/deployed/requirements.txt .build/emulator "an emulator of AWS into .build (once, half a minute, 90 MB)"
	@echo "Expanding the template, for dev and prod, and for dev with another issuer ..."
	@for e in dev prod; do .venv/bin/python infra/tools/expand.py template.yaml samconfig.toml $$e >.build/deployed/$$e.json; done
	@.venv/bin/python infra/tools/expand.py template.yaml samconfig.toml dev OidcIssuer=https://issuer.example.com OidcClientId=console Clients=reports MailIdentityExists=yes >.build/deployed/issuer.json
	@$(MAKE) --no-print-directory build ARCH=$$(go env GOARCH) BUILD_DIR=.build/deployed | grep -v ' MB '
	@echo "Creating its stacks on the emulator, looking at what that does not look at, running the functions by each trigger ..."
	@go test -vet=off -tags deployed -count 1 -timeout 10m ./infra/deployed
	@echo "All of it in $$(($$(date +%s) - $(shell date +%s))) s"

build: ## build the functions for linux/arm64 into .build/<function>/bootstrap (ARCH=amd64 for the other)
	@echo "Building the functions for linux/$(ARCH) ..."
	@rm -rf $(BUILD_DIR)/.new $(BUILD_DIR)/*/bootstrap
	@CGO_ENABLED=0 GOOS=linux GOARCH=$(ARCH) go build -trimpath -tags $(TAGS) -ldflags '$(LDFLAGS)' -o $(BUILD_DIR)/.new/ $(FUNCTIONS)
	@for f in $(BUILD_DIR)/.new/*; do mkdir -p "$(BUILD_DIR)/$${f##*/}"; mv "$$f" "$(BUILD_DIR)/$${f##*/}/bootstrap"; done
	@rmdir $(BUILD_DIR)/.new
	@$(call sizes,$(BUILD_DIR)/*/bootstrap)

deployable: ## validate template.yaml and build it with SAM into .aws-sam/build
	@$(call templates)
	@$(call sam_build)
	@$(call sizes,.aws-sam/build/*/bootstrap)

reference: ## make the page /docs anew, after a change of openapi.yaml
	@go generate ./internal/console

token: ## print an access token of the running stack: make token EMAIL=ada@example.com
	@infra/tools/token.sh

redrive: ## put dead letters back: make redrive QUEUE=MailDeadLetters of the running stack (PORT=8080), STACK=prism-access of the one on AWS (infra/runbook.md)
	@infra/tools/redrive.sh

import: ## move people in: make import FILE=members.csv ORG=org_... EMAIL=ada@example.com (or TOKEN=), PORT=8080 or BASE=, ADMINS=yes, DAYS=30
	@go build -o .build/bin/import ./infra/import
	@exec .build/bin/import

clients: ## make clients of openapi.yaml in Go and TypeScript and try both (npm; a minute or two)
	@infra/clients/run.sh

clean: ## remove what make has built here; caches in the home folder stay
	rm -rf .build .aws-sam .venv

with:
	@go build -o .build/bin/with ./infra/dynamodb-local/with
