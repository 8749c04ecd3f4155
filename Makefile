SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-cv test lint format unit e2e proofs kubeflow-proof flink-proof fuzz parity bench-overhead bench-labels bench-near bench-pixels bench-balance bench-train bench-alignment bench-intervals bench-review bench-no-plant bench-memory lock image image-proof clean
MAKEFLAGS += --no-builtin-rules

BIN := .venv/bin
# Folders of pictures that are compared.
NEAR ?= demo/faces
# A folder of UTKFace images; set it to yours.
UTKFACE ?= ../shared/data/utkface_sample
# Of `make fuzz`. The same seed and number draw the same inputs.
SEED ?= 0
LINES ?= 1000
PICTURES ?= 2000
# Of `make bench-memory`.
FACES ?= 4000 40000
# Of `make flink-proof`.
FLINK_JOB_SERVER ?=
# Of `make image`: `--build-arg BASE=...` for a base image of your own.
IMAGE ?= facefold:0.1.0
BUILD ?=
BEAM_JAR = beam-runners-flink-1.19-job-server-2.72.0.jar
export TF_USE_LEGACY_KERAS := 0
# Tests run in WORKERS processes, a file in one of them; `make test WORKERS=0` runs them in one.
WORKERS ?= 2
PYTEST = $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# TensorFlow's noise goes to a log, which is shown where a command fails.
QUIET = 2>build/noise.log || { status=$$?; tail -n 20 build/noise.log; exit $$status; }

help:  ## List the targets
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

setup: .venv/.locked  ## Make .venv with Python 3.11 and the locked packages

.venv/.locked: requirements.lock setup.py pyproject.toml .ci/setup
	@bash .ci/setup

demo: setup  ## Draw 1,500 faces, run the whole pipeline on them, print where the review is
	$(BIN)/facefold demo demo
	$(BIN)/facefold run demo/demo.yaml

demo-cv: setup  ## The same with each fold held out in turn; the data steps of `make demo` are reused
	$(BIN)/facefold demo demo
	$(BIN)/facefold run demo/demo.yaml folds.test=all

test: lint  ## Lint and all tests, one small whole run included
	$(PYTEST) -m "not slow"

proofs: setup  ## Tests of several whole runs or trainings: kill -9 in mid-training, cross-validation with a failing fold, Kubeflow
	$(PYTEST) -m slow

kubeflow-proof: setup  ## The Kubeflow package task by task, as Kubeflow runs it, beside a local run; as root or in a container
	@mkdir -p build
	$(BIN)/python -m tests.e2e.kubeflow_proof build/kubeflow-proof $(QUIET)

flink-proof: setup  ## A whole run on a Flink session cluster with a killed task manager; FLINK_JOB_SERVER=path of Beam's job server jar
	@[ -f "$(FLINK_JOB_SERVER)" ] || { echo "FLINK_JOB_SERVER is '$(FLINK_JOB_SERVER)', expected the path of $(BEAM_JAR)"; \
	  echo "of Maven Central, which not every registry serves. Nothing was run."; exit 2; }
	$$(command -v uv || echo .uv/bin/uv) pip install --quiet --target build/flink --no-deps apache-flink-libraries==1.19.3
	@rm -rf build/flink-proof && mkdir -p build/flink-proof
	$(BIN)/python -m tests.e2e.flink_proof build/flink-proof $(FLINK_JOB_SERVER) build/flink/pyflink/lib $(QUIET)

faults: setup  ## kill -9, SIGTERM, SIGINT, a full disk and killed workers in each step of a run: a table; as root, or under `unshare -rm`
	$(BIN)/python -m tests.e2e.faults build/faults

lint: setup  ## Check style, types and imports
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

format: setup  ## Format the code and apply the fixes that ruff knows
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

unit: setup  ## All tests but those of whole runs
	$(PYTEST) -m "not e2e"

e2e: setup  ## Tests of one whole run alone
	$(PYTEST) -m "e2e and not slow"

fuzz: setup  ## Damaged and unusual inputs from SEED against oracles: lost rows, crashes, hangs, wrong outcomes
	@mkdir -p build
	$(BIN)/python -m tests.fuzz --seed $(SEED) --lines $(LINES) --pictures $(PICTURES) 2>build/fuzz.log || { status=$$?; tail -n 5 build/fuzz.log; exit $$status; }

parity: setup  ## Same class from the original image and from its record, on 500 real faces
	$(BIN)/facefold run utkface data.images=$(UTKFACE)
	@mkdir -p build
	$(BIN)/python -m tests.benchmarks.parity runs/utkface-gender $(UTKFACE) $(QUIET)

bench-intervals: setup  ## Simulated people: how often intervals hold the truth, and how often the review decides wrongly
	$(BIN)/python -m tests.benchmarks.intervals
	$(BIN)/python -m tests.benchmarks.decisions

bench-review: setup  ## Time, memory and page size of a review of 200,000 predictions, by 100 slices and by 60
	$(BIN)/python -m tests.benchmarks.large_review build/bench-review
	$(BIN)/python -m tests.benchmarks.large_review build/bench-review --slices 60 --faces 20000

bench-no-plant: setup  ## Whom the reviews of 20 drawn data sets without a planted bias name
	$(BIN)/python -m tests.benchmarks.no_plant build/bench-no-plant

bench-memory: setup  ## Peak memory of each Beam step for 4,000 and 40,000 small faces (FACES="4000 400000"), growth per face
	$(BIN)/python -m tests.benchmarks.memory build/bench-memory --faces $(FACES)

bench-overhead: setup  ## The whole demo run beside the bare work of its stages, one epoch
	$(BIN)/facefold demo demo
	@mkdir -p build
	$(BIN)/python -m tests.benchmarks.overhead demo/demo.yaml build/bench $(QUIET)

bench-labels: setup  ## Ingest and validate 2 to 20 million rows beside plain pyarrow
	$(BIN)/python -m tests.benchmarks.labels build/bench-labels

bench-near: setup  ## Near repeats: false alarms and hits on copies; NEAR="folder ..." of pictures
	$(BIN)/python -m tests.benchmarks.near_repeats $(NEAR)

bench-pixels: setup  ## The image step beside plain OpenCV and libjpeg-turbo's own program: CPU, workers, memory, fidelity; and the face detector
	$(BIN)/python -m tests.benchmarks.pixels build/bench-pixels

bench-balance: setup  ## The worst group of the same training plain, with class weights and with balanced sampling
	$(BIN)/facefold demo build/fair --no-plant
	$(BIN)/python -m tests.benchmarks.balance build/fair/demo.yaml build/bench-balance

bench-train: setup  ## Training fed by the pipeline beside arrays in memory, one image a step and plain matrix products
	@mkdir -p build
	$(BIN)/python -m tests.benchmarks.train build/bench-train $(QUIET)

bench-alignment: setup  ## Gender from UTKFace to FairFace with whole, cropped and aligned faces, three seeds each: hours
	@mkdir -p build
	$(BIN)/python -m tests.benchmarks.alignment build/bench-alignment $(QUIET)

LOCK = $$(command -v uv || echo .uv/bin/uv) pip compile --generate-hashes --python-version 3.11 --python-platform x86_64-manylinux_2_28

lock: setup  ## Compile requirements.lock from setup.py, and from it the locks of the images
	$(LOCK) pyproject.toml --extra dev -o requirements.lock
	$(LOCK) setup.py deploy/image.in --overrides deploy/overrides.txt --constraint requirements.lock -o deploy/requirements.lock
	$(LOCK) setup.py deploy/image-gpu.in --overrides deploy/overrides-gpu.txt --constraint requirements.lock -o deploy/requirements-gpu.lock

image: setup  ## The image of the Kubeflow steps, by docker, podman or buildah; IMAGE=tag, BUILD="--build-arg ..."
	deploy/image.sh build $(IMAGE) $(BUILD)

image-proof: image  ## The first steps in the image and here: the same bytes; as root
	@rm -rf build/image-proof
	$(BIN)/python -m tests.e2e.image_proof build/image-proof $(IMAGE) $(QUIET)

clean:  ## Remove what the targets made; data and runs stay
	rm -rf .venv .uv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
