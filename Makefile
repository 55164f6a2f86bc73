.PHONY: check format lint test doc guide example evidence instructions

check: format lint test doc

format:
	cargo fmt --all --check

lint:
	cargo clippy --all-targets -- -D warnings

test:
	cargo test

doc:
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

# The guide to the output folder, from the program.
guide:
	GUIDE=write cargo test --lib the_guide

# The committed output of the five seeds. Read what changed before you commit it.
example:
	cargo run --release -- run seeds --output output/example

# The README's table of figures, from benches/records/.
evidence:
	WRITE_EVIDENCE=1 cargo test --test program records

# Instructions of every stage beside the record; it needs valgrind. `make instructions WRITE=--write` writes the record.
instructions:
	cargo bench --bench instructions -- $(WRITE)
