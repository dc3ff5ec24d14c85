//! The benchmark's queries reach by an index what grows with the registry: PostgreSQL's plans of their statements.

mod support;

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use entente::generate::generate;
use serde_json::{Value, json};
use support::generate::import_at;
use support::graphql::Registry;
use support::{TestDb, template};

/// A table of so few rows may be read whole: that is faster than by its index.
const FEW: f32 = 300.0;
/// How many agreements are made up: so many that PostgreSQL prefers indexes wherever there is one that helps.
const AGREEMENTS: usize = 1500;
/// Records are not all changed at one moment, as the import of a test has them: that would make an index that begins with the
/// moment look good for anything.
const CHANGED_ONE_BY_ONE: &str = "DO $$ DECLARE t regclass; BEGIN
    FOR t IN SELECT attrelid::regclass FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        WHERE attname = 'updated_at' AND relkind = 'r' AND relnamespace = 'public'::regnamespace
    LOOP EXECUTE format('UPDATE %s SET updated_at = updated_at - id * interval ''1 second''', t); END LOOP;
END $$";

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

/// A database with a registry made up by chance, of which PostgreSQL knows how large it is.
fn grown() -> TestDb {
    TestDb::copy(&template::named(
        "grown",
        &["migrations", "src", "tests/growth.rs", "Cargo.lock"],
        |url| {
            entente::db::migrate::run(url).expect("the migrations run");
            let folder = tempfile::tempdir().expect("a folder can be had");
            generate(AGREEMENTS, 1, folder.path()).expect("the folder is empty");
            import_at(url, folder.path());
            let mut connection = entente::db::connect(url).expect("the server is there");
            connection
                .batch_execute(CHANGED_ONE_BY_ONE)
                .expect("is SQL");
            connection.batch_execute("VACUUM ANALYZE").expect("is SQL");
        },
    ))
}

/// A piece of text for each row of a statement.
fn texts(connection: &mut PgConnection, sql: &str) -> Vec<String> {
    let rows: Vec<Line> = diesel::sql_query(sql).load(connection).expect("is SQL");
    rows.into_iter().map(|row| row.text).collect()
}

/// The queries of the benchmark, with variables that find something.
fn asked(connection: &mut PgConnection) -> [(&'static str, &'static str, Value); 5] {
    let mut one = |sql: &str| texts(connection, sql).remove(0);
    let slug = one("SELECT slug AS text FROM agreement ORDER BY slug LIMIT 1");
    let region = one(
        "SELECT r.slug AS text FROM agreement_within w JOIN region r ON r.id = w.region_id GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
    );
    [
        (
            "q1-detail",
            include_str!("../benches/queries/q1-detail.graphql"),
            json!({ "slug": slug }),
        ),
        (
            "q2-list",
            include_str!("../benches/queries/q2-list.graphql"),
            json!({}),
        ),
        (
            "q3-deep",
            include_str!("../benches/queries/q3-deep.graphql"),
            json!({}),
        ),
        (
            "q4-filter",
            include_str!("../benches/queries/q4-filter.graphql"),
            json!({ "region": region, "kind": "MEETING", "from": "1990-01-01", "until": "1999-12-31" }),
        ),
        (
            "q5-search",
            include_str!("../benches/queries/q5-search.graphql"),
            json!({ "text": "formation" }),
        ),
    ]
}

/// The plans of statements for any values, on a connection of the server's.
fn plans(connection: &mut PgConnection, statements: &[String]) -> QueryResult<Vec<Value>> {
    let mut plans = Vec::new();
    for (place, sql) in statements.iter().enumerate() {
        let places = (1..=99).take_while(|place| sql.contains(&format!("${place}")));
        let nulls = vec!["NULL"; places.count()].join(", ");
        let given = if nulls.is_empty() {
            nulls
        } else {
            format!("({nulls})")
        };
        connection.batch_execute(&format!("PREPARE asked_{place} AS {sql}"))?;
        let explain = format!("EXPLAIN (FORMAT JSON) EXECUTE asked_{place}{given}");
        let rows: Vec<Plan> = diesel::sql_query(explain).load(connection)?;
        connection.batch_execute(&format!("DEALLOCATE asked_{place}"))?;
        plans.extend(rows.into_iter().map(|row| row.plan));
    }
    Ok(plans)
}

/// How a plan comes to the rows of its tables: each with the index by which it is reached, or nothing where it is read whole.
fn reached(plan: &Value, found: &mut BTreeSet<(String, Option<String>)>) {
    fn below(plan: &Value, heap: Option<&str>, found: &mut BTreeSet<(String, Option<String>)>) {
        let text = |field: &str| plan[field].as_str().map(str::to_owned);
        let table = text("Relation Name").or(heap.map(str::to_owned));
        match (
            plan["Node Type"].as_str(),
            table.clone(),
            text("Index Name"),
        ) {
            (_, Some(table), Some(index)) => drop(found.insert((table, Some(index)))),
            (Some("Seq Scan"), Some(table), None) => drop(found.insert((table, None))),
            _ => {}
        }
        for part in plan["Plans"].as_array().into_iter().flatten() {
            below(part, table.as_deref(), found);
        }
    }
    for part in plan.as_array().into_iter().flatten() {
        reached(part, found);
    }
    below(&plan["Plan"], None, found);
}

/// Tables that grow with the registry.
fn growing(connection: &mut PgConnection) -> Vec<String> {
    let growing = texts(
        connection,
        &format!(
            "SELECT relname::text AS text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > {FEW}"
        ),
    );
    for table in [
        "agreement",
        "agreement_party",
        "agreement_region",
        "agreement_within",
        "action",
        "action_agreement",
        "party",
    ] {
        assert!(
            growing.contains(&table.to_owned()),
            "{table} is small: {growing:?}"
        );
    }
    growing
}

#[test]
fn what_grows_with_the_registry_is_reached_by_an_index() {
    let db = grown();
    let mut connection = db.connect();
    let growing = growing(&mut connection);
    let asked = asked(&mut connection);
    let database = db.database();
    let registry = Registry::over(db);
    let mut told = Vec::new();
    for (name, query, variables) in asked {
        let ran = registry.ran(query, &variables);
        assert!(
            !ran.iter().any(|sql| sql.starts_with("SET ")),
            "{name} has statements planned for their values: {ran:#?}"
        );
        let plans: Result<_, entente::db::Error> =
            database.read_blocking(|connection| Ok(plans(connection, &ran)?));
        let plans = plans.expect("each is a statement");
        assert!(!plans.is_empty(), "{name} asks nothing");
        let mut found = BTreeSet::new();
        for plan in &plans {
            reached(plan, &mut found);
        }
        told.push(name.to_owned());
        found.retain(|(table, _)| growing.contains(table));
        for (table, index) in found {
            let index = index
                .unwrap_or_else(|| panic!("{name} reads {table} whole:\n{ran:#?}\n{plans:#?}"));
            told.push(format!("  {table}: {index}"));
        }
    }
    insta::assert_snapshot!(told.join("\n"));
}
