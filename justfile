# What people and CI run. `just` alone lists it. https://just.systems

set shell := ["bash", "-euo", "pipefail", "-c"]

# The version of diesel's command-line tool that writes src/schema.rs.
diesel := "2.3.14"

# List the recipes.
default:
    @just --list --unsorted

# Serve, with a private PostgreSQL where no DATABASE_URL is set.
run *args:
    cargo run -- {{ args }}

# Run all tests.
test *args:
    cargo test {{ args }}

# Format everything.
fmt:
    cargo fmt --all

# Check the layout, the lints (a warning is an error) and the scripts.
lint:
    cargo fmt --all --check
    cargo clippy --locked --all-targets -- --deny warnings
    cargo clippy --locked --all-targets --features bench -- --deny warnings
    RUSTDOCFLAGS='--deny warnings' cargo doc --locked --no-deps --quiet
    if command -v shellcheck >/dev/null; then shellcheck .ci/run .ci/first-steps; fi

# Write what is generated from the declarations and the migrations: schema.graphql and src/schema.rs.
schema: diesel-cli
    cargo run --quiet -- schema > schema.graphql.new
    mv schema.graphql.new schema.graphql
    {{ just_executable() }} print-schema > src/schema.rs.new
    mv src/schema.rs.new src/schema.rs

# Check that schema.graphql and src/schema.rs are current.
schema-check: diesel-cli
    cargo run --quiet -- schema | diff --unified schema.graphql - || { echo 'schema.graphql is not current: just schema'; exit 1; }
    {{ just_executable() }} print-schema | diff --unified src/schema.rs - || { echo 'src/schema.rs is not current: just schema'; exit 1; }

# Rebuild GraphiQL's page. Needs Node and npm.
graphiql: graphiql-packages
    cd web/graphiql && node build.mjs

# Check that GraphiQL's build is current and that its examples are valid.
graphiql-check: graphiql-packages
    cd web/graphiql && node check-examples.mjs ../../schema.graphql && node build.mjs --check

# Check the links between the documents. Needs Node.
docs-check:
    node .ci/check-docs.mjs

# Measure against hand-written SQL and other GraphQL servers: docs/benchmarks.md. Needs wrk, pgbench, Python, Node and npm.
bench *args:
    python3 benches/run.py {{ args }}

# Measure what growth costs, over 5,000, 50,000 and 500,000 agreements: docs/benchmarks.md.
growth *args:
    python3 benches/growth.py {{ args }}

# How long each part of an answer takes, by itself: docs/benchmarks.md. Arguments are the bench's own, as a part's name.
micro *args:
    cargo bench --locked --features bench --bench micro -- {{ args }}

# How many instructions each part of an answer takes, into benches/instructions.txt: docs/benchmarks.md. Needs valgrind.
instructions:
    cargo bench --locked --features bench --bench instructions

# Check licences, advisories, duplicates and sources of the crates. Needs cargo-deny.
deny:
    cargo deny --all-features check

# All checks but the tests.
check: lint schema-check graphiql-check docs-check

# Prove the README's two commands in this clone, as CI does in two clean ones.
first-steps:
    .ci/first-steps

[private]
graphiql-packages:
    cd web/graphiql && npm ci --ignore-scripts --no-audit --no-fund

# Compiles in two minutes, once: for PostgreSQL alone, with the system's libpq.
[private]
diesel-cli:
    diesel --version 2>/dev/null | grep -qF 'Version: {{ diesel }}' || cargo install diesel_cli --version '={{ diesel }}' --locked --debug --no-default-features --features postgres

# What diesel reads from a database that has all migrations, on standard output.
[private]
print-schema:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --quiet
    program=$(realpath "${CARGO_TARGET_DIR:-target}/debug/entente")
    # Open to the user as whom PostgreSQL runs when this is root.
    folder=$(mktemp -d /var/tmp/entente-schema.XXXXXX)
    chmod 711 "$folder"
    server=
    clean_up() {
        [[ -z $server ]] || { kill "$server" && wait "$server"; } || true
        rm -rf "$folder"
    }
    trap clean_up EXIT
    unset DATABASE_URL
    # Away from here, as a `.env` may name a database.
    (cd / && exec "$program" postgres --not-durable --data-dir "$folder/data") >"$folder/url" 2>"$folder/log" &
    server=$!
    until [[ -s $folder/url ]]; do
        kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
        sleep 0.05
    done
    DATABASE_URL=$(cat "$folder/url")
    export DATABASE_URL
    "$program" migrate >&2
    diesel print-schema
