# Short names for what the scripts and presets do. `make run` on a bare Debian 12 machine installs,
# builds and serves; the second time it only serves.
.PHONY: run build dev test bench demo docs format lint clean

run: build
	exec build/vecgate serve $(ARGS)

build: build/release/build.ninja
	@cmake --build build/release --target vecgate
	@ln -sfn release/vecgate build/vecgate

dev: build/dev/build.ninja
	@cmake --build build/dev

test:
	@tests/run $(LEGS)

bench: build
	@deps/install.sh build bench
	@loadtest/peers/setup.sh
	@cmake --build build/release --target bench
	python3 loadtest/run.py $(ARGS)

demo: build
	@deps/install.sh demo
	@tests/api/demo.sh

docs: build/dev/build.ninja
	@cmake --build build/dev --target vecgate
	@tests/lint/generated.sh build/dev/vecgate --fix

format:
	@deps/install.sh test
	@python3 -B tests/lint/format.py --fix

lint:
	@deps/install.sh build test
	@$(MAKE) --no-print-directory build/dev/build.ninja
	@cmake --build build/dev --target vecgate
	@ctest --test-dir build/dev --label-regex lint --output-on-failure --parallel 2

clean:
	rm -rf build

# Ninja runs CMake again by itself when a CMakeLists.txt changes; presets are what it does not see.
build/release/build.ninja: CMakePresets.json deps/packages.txt
	@deps/install.sh build
	cmake --preset release
	@touch $@

build/dev/build.ninja: CMakePresets.json deps/packages.txt
	@deps/install.sh build test
	cmake --preset dev
	@touch $@
