//! The benchmark's queries need not read the registry whole: PostgreSQL's plans of their statements.

mod support;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use entente::generate::generate;
use serde_json::{Value, json};
use support::TestDb;
use support::generate::import;
use support::graphql::Registry;

/// Tables with more rows than this grow with the registry. A small one is read whole faster than by its index.
const FEW: f32 = 1000.0;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = diesel::sql_types::Json, column_name = "QUERY PLAN")]
    plan: Value,
}

/// A piece of text for each row of a statement.
fn texts(connection: &mut PgConnection, sql: &str) -> Vec<String> {
    let rows: Vec<Line> = diesel::sql_query(sql).load(connection).expect("is SQL");
    rows.into_iter().map(|row| row.text).collect()
}

/// The plan of a statement for any values, as the server's connections have it made.
fn plan(connection: &mut PgConnection, sql: &str) -> Value {
    let places = (1..=99).take_while(|place| sql.contains(&format!("${place}")));
    let nulls = vec!["NULL"; places.count()].join(", ");
    let given = if nulls.is_empty() {
        String::new()
    } else {
        format!("({nulls})")
    };
    connection
        .batch_execute(&format!("DEALLOCATE ALL; PREPARE asked AS {sql}"))
        .expect("is a statement");
    let rows: Vec<Plan> = diesel::sql_query(format!("EXPLAIN (FORMAT JSON) EXECUTE asked{given}"))
        .load(connection)
        .expect("has a plan");
    rows.into_iter().map(|row| row.plan).collect()
}

/// The tables that a plan reads whole.
fn read_whole(plan: &Value, found: &mut Vec<String>) {
    match plan {
        Value::Array(parts) => parts.iter().for_each(|part| read_whole(part, found)),
        Value::Object(fields) => {
            if fields
                .get("Node Type")
                .is_some_and(|node| node == "Seq Scan")
            {
                found.push(
                    fields["Relation Name"]
                        .as_str()
                        .unwrap_or_default()
                        .to_owned(),
                );
            }
            fields.values().for_each(|part| read_whole(part, found));
        }
        _ => {}
    }
}

#[test]
fn no_query_of_the_benchmark_must_read_a_table_that_grows_whole() {
    let folder = tempfile::tempdir().expect("a folder can be had");
    generate(1500, 1, folder.path()).expect("the folder is empty");
    let db = TestDb::new();
    import(&db, folder.path());
    let mut connection = db.connect();
    connection
        // At a test's size reading a table whole may be the fastest. Forbidden, it shows where there is no other way.
        .batch_execute(
            "ANALYZE; SET plan_cache_mode = force_generic_plan; SET jit = off; SET enable_seqscan = off",
        )
        .expect("is SQL");
    let growing = texts(
        &mut connection,
        &format!(
            "SELECT relname::text AS text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > {FEW}"
        ),
    );
    for table in [
        "agreement",
        "agreement_party",
        "agreement_within",
        "action",
        "action_agreement",
    ] {
        assert!(
            growing.contains(&table.to_owned()),
            "{table} is small: {growing:?}"
        );
    }
    let one = |connection: &mut PgConnection, sql: &str| texts(connection, sql).remove(0);
    let slug = one(
        &mut connection,
        "SELECT slug AS text FROM agreement ORDER BY slug LIMIT 1",
    );
    let region = one(
        &mut connection,
        "SELECT r.slug AS text FROM agreement_within w JOIN region r ON r.id = w.region_id GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
    );
    let registry = Registry::over(db);
    let asked = [
        (
            include_str!("../benches/queries/q1-detail.graphql"),
            json!({ "slug": slug }),
        ),
        (
            include_str!("../benches/queries/q2-list.graphql"),
            json!({}),
        ),
        (
            include_str!("../benches/queries/q3-deep.graphql"),
            json!({}),
        ),
        (
            include_str!("../benches/queries/q4-filter.graphql"),
            json!({ "region": region, "kind": "MEETING", "from": "1990-01-01", "until": "1999-12-31" }),
        ),
        (
            include_str!("../benches/queries/q5-search.graphql"),
            json!({ "text": "formation" }),
        ),
    ];
    for (query, variables) in asked {
        let (_, statements) = registry.statements_with(query, &variables);
        assert!(!statements.is_empty(), "{query}");
        for sql in statements {
            let plan = plan(&mut connection, &sql);
            let mut whole = Vec::new();
            read_whole(&plan, &mut whole);
            whole.retain(|table| growing.contains(table));
            assert!(
                whole.is_empty(),
                "{whole:?} are read whole:\n{query}\n{sql}\n{plan:#}"
            );
        }
    }
}
