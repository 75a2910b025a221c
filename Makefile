# The two commands that matter: `make demo` shows the automaton at work, `make test` proves it.
SWIFT ?= swift
RULES ?= rules
DEMO_ARGS ?=

.PHONY: help demo test simulate build release image-check lint format docs api-docs man manifests benchmark clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{ printf "  make %-11s %s\n", $$1, $$2 }'

demo: ## Break a simulated cluster and watch it heal (DEMO_ARGS="--faults --keep")
	@scripts/prerequisites.sh demo
	@echo "==> Building (the first time takes some minutes)"
	@$(SWIFT) build --product automaton
	@$$($(SWIFT) build --product automaton --show-bin-path)/automaton demo --rules $(RULES) $(DEMO_ARGS)

ALONE = 'WebAPITests\.(BrowserTests|OpenAPITests)'
# Many tests start servers and programs and wait for them: all at once they starve each other on a small machine.
test: export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH = 8
test: ## Run all tests
	@scripts/prerequisites.sh test
	@scripts/test-tools.sh
	@echo "==> Building and testing"
	@$(SWIFT) build --build-tests --explicit-target-dependency-import-check error
	@scripts/run-tests.sh $(SWIFT) test --skip-build --explicit-target-dependency-import-check error --skip $(ALONE)
	@echo "==> Testing in a browser, and with a fuzzer: alone, since both want the machine for themselves"
	@scripts/run-tests.sh $(SWIFT) test --skip-build --explicit-target-dependency-import-check error --filter $(ALONE)

SEEDS ?= 1..200
HOURS ?= 24
simulate: ## Run 200 simulated days in which much goes wrong (SEEDS=1..200 HOURS=24)
	@scripts/prerequisites.sh build
	@echo "==> Building as for production (the first time takes some minutes)"
	@$(SWIFT) build $(RELEASE)
	@$$($(SWIFT) build $(RELEASE) --show-bin-path)/automaton simulate --seeds $(SEEDS) --hours $(HOURS)

build: ## Compile for debugging
	@scripts/prerequisites.sh build
	@$(SWIFT) build

RELEASE = -c release --product automaton --static-swift-stdlib -Xlinker -s
release: ## Compile for production, with the Swift runtime inside
	@scripts/prerequisites.sh build
	@$(SWIFT) build $(RELEASE)
	@ls -l "$$($(SWIFT) build $(RELEASE) --show-bin-path)/automaton"

image-check: release ## Make the image's root file system without Docker, and try it (as root; IMAGE=FOLDER keeps it)
	@scripts/prerequisites.sh image
	@scripts/image/check.sh "$$($(SWIFT) build $(RELEASE) --show-bin-path)/automaton" $(IMAGE)

lint: ## Check formatting, shell scripts and YAML
	@scripts/prerequisites.sh test
	@$(SWIFT) format lint --strict --recursive --parallel Sources Tests Benchmarks Package.swift
	@shellcheck scripts/*.sh scripts/image/*.sh .ci/run
	@yamllint --strict rules k8s
	@if command -v mandoc >/dev/null; then mandoc -T lint -W warning docs/man/automaton.1; fi

format: ## Format the sources
	@$(SWIFT) format --in-place --recursive --parallel Sources Tests Benchmarks Package.swift

docs: ## Write into rules/README.md what the plugins say of themselves
	@scripts/prerequisites.sh build
	@$(SWIFT) build --product automaton
	@$$($(SWIFT) build --product automaton --show-bin-path)/automaton rules document rules/README.md > rules/README.md.new
	@mv rules/README.md.new rules/README.md

man: ## Write the manual page that follows from the commands
	@scripts/prerequisites.sh build
	@$(SWIFT) build --product automaton
	@$$($(SWIFT) build --product automaton --show-bin-path)/automaton manual > docs/man/automaton.1.new
	@mv docs/man/automaton.1.new docs/man/automaton.1

api-docs: ## Make pages on what AutomatonCore offers to plugins (DocC)
	@scripts/prerequisites.sh build
	@$(SWIFT) build --target AutomatonCore
	@scripts/api-docs.sh "$$($(SWIFT) build --show-bin-path)/Modules" .build/api-docs

manifests: ## Write into k8s/ the roles and ConfigMaps that follow from the rules
	@scripts/prerequisites.sh build
	@$(SWIFT) build --product automaton
	@scripts/manifests.sh "$$($(SWIFT) build --product automaton --show-bin-path)/automaton"

benchmark: ## Measure: findings a second, time from status to patch, memory for 10,000 pods
	@scripts/prerequisites.sh build
	@$(SWIFT) build -c release --product Benchmarks
	@$$($(SWIFT) build -c release --product Benchmarks --show-bin-path)/Benchmarks

clean: ## Remove what was built
	@$(SWIFT) package clean
