//! The made-up registry as a bundle, and a database with it.

use std::fmt::Write as _;
use std::sync::LazyLock;

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::dates::Dated;
use crate::make::world;
use crate::support::graphql::Registry;
use crate::support::{TestDb, generate, template};
use crate::world::{
    Action, Agreement, Contribution, Core, Document, INSTANTS, Kind, Part, Party, Program, Region,
    World,
};

/// What decides the registry. Another one: `LISTS_SEED=7 cargo test --test lists`.
pub fn seed() -> u64 {
    let given = std::env::var("LISTS_SEED").ok();
    given.map_or(1, |seed| seed.parse().expect("LISTS_SEED is a number"))
}

/// The registry.
pub static WORLD: LazyLock<World> = LazyLock::new(|| world(seed()));

/// The registry in a database of its own.
pub fn registry() -> Registry {
    let world = &*WORLD;
    let kind = format!("lists{}", seed());
    let of = ["migrations", "src", "tests/lists", "Cargo.lock"];
    let template = template::named(&kind, &of, |url| {
        let folder = tempfile::tempdir().expect("a folder can be had");
        std::fs::write(folder.path().join("records.jsonl"), lines(world))
            .expect("the file can be written");
        generate::import_at(url, folder.path());
        let mut connection = entente::db::connect(url).expect("the database is there");
        connection
            .batch_execute(&moments(world))
            .expect("the records can be given other times");
    });
    Registry::over(TestDb::copy(&template))
}

/// The moment of a change, as `DateTime` is written.
pub fn instant(index: usize) -> String {
    let (hour, micros) = INSTANTS[index];
    format!("2026-03-05T{hour:02}:30:00.{micros:06}Z")
}

/// The same moment as it may be written.
pub fn spellings(index: usize) -> [String; 2] {
    let (hour, micros) = INSTANTS[index];
    let (hour, zone) = if hour == 23 {
        (22, "-01:00")
    } else {
        (hour + 1, "+01:00")
    };
    [
        instant(index),
        format!("2026-03-05T{hour:02}:30:00.{micros:06}{zone}"),
    ]
}

/// Statements that give the records the times of change that the world says: an import changes all at once.
fn moments(world: &World) -> String {
    let mut sql = String::new();
    let tables = [
        ("party", Kind::Party),
        ("agreement", Kind::Agreement),
        ("program", Kind::Program),
        ("region", Kind::Region),
        ("action", Kind::Action),
        ("document", Kind::Document),
    ];
    for (table, kind) in tables {
        for index in 0..world.len(kind) {
            let Core { slug, updated, .. } = world.core(kind, index);
            let at = instant(*updated);
            writeln!(
                sql,
                "UPDATE {table} SET updated_at = '{at}' WHERE slug = '{slug}';"
            )
            .expect("strings take text");
        }
    }
    sql
}

fn lines(world: &World) -> String {
    let themes = world.themes.iter().map(|it| json!({ "theme": theme(it) }));
    let regions = world
        .regions
        .iter()
        .map(|it| json!({ "region": region(world, it) }));
    let parties = world
        .parties
        .iter()
        .map(|it| json!({ "party": party(world, it) }));
    let programs = world
        .programs
        .iter()
        .map(|it| json!({ "program": program(world, it) }));
    let documents = world
        .documents
        .iter()
        .map(|it| json!({ "document": document(world, it) }));
    let agreements = world
        .agreements
        .iter()
        .map(|it| json!({ "agreement": agreement(world, it) }));
    let actions = world
        .actions
        .iter()
        .map(|it| json!({ "action": action(world, it) }));
    let records = themes.chain(regions).chain(parties).chain(programs);
    let records = records.chain(documents).chain(agreements).chain(actions);
    let lines: Vec<_> = records.map(|record| record.to_string()).collect();
    lines.join("\n")
}

fn theme(it: &Core) -> Value {
    let mut record = record(it, "name");
    record
        .as_object_mut()
        .expect("it is an object")
        .remove("sources");
    record
}

fn region(world: &World, it: &Region) -> Value {
    let mut record = record(&it.core, "name");
    record["kind"] = json!(it.kind);
    if let Some((scheme, value)) = &it.code {
        record["codes"] = json!([{ "scheme": scheme, "value": value }]);
    }
    set(&mut record, "parent", slug(world, Kind::Region, it.parent));
    record["memberOf"] = slugs(world, Kind::Region, &it.groups);
    set(&mut record, "population", it.population.map(Value::from));
    record
}

fn party(world: &World, it: &Party) -> Value {
    let mut record = record(&it.core, "name");
    let name = record
        .as_object_mut()
        .expect("it is an object")
        .remove("name");
    record["names"] = json!([{ "name": name }]);
    record["kind"] = json!(it.kind);
    record["regions"] = slugs(world, Kind::Region, &it.regions);
    let before = it.predecessors.iter();
    record["predecessors"] = before
        .map(|(kind, one)| json!({ "kind": kind, "party": world.parties[*one].core.slug }))
        .collect();
    record
}

fn program(world: &World, it: &Program) -> Value {
    let mut record = record(&it.core, "name");
    record["status"] = json!(it.status);
    record["themes"] = themes(world, &it.themes);
    record["eligibleKinds"] = json!(it.eligible);
    set(
        &mut record,
        "responsible",
        slug(world, Kind::Party, it.responsible),
    );
    record["regions"] = slugs(world, Kind::Region, &it.regions);
    record["contributions"] = contributions(world, &it.contributions);
    record
}

fn document(world: &World, it: &Document) -> Value {
    let mut record = record(&it.core, "title");
    record["text"] = json!("Texte.");
    record["language"] = json!(it.language);
    set(
        &mut record,
        "publisher",
        slug(world, Kind::Party, it.publisher),
    );
    set(&mut record, "publishedOn", it.published.as_ref().map(date));
    record
}

fn agreement(world: &World, it: &Agreement) -> Value {
    let mut record = record(&it.core, "title");
    record["kind"] = json!(it.kind);
    let statuses = it.statuses.iter().enumerate();
    record["statusHistory"] = statuses
        .map(|(place, status)| json!({ "key": format!("s-{place}"), "status": status }))
        .collect();
    let names = ["signedOn", "adoptedOn", "announcedOn", "startsOn", "endsOn"];
    for (name, value) in names.iter().zip(&it.dates) {
        set(&mut record, name, value.as_ref().map(date));
    }
    record["themes"] = themes(world, &it.themes);
    record["parties"] = parts(world, &it.parties);
    record["programs"] = slugs(world, Kind::Program, &it.programs);
    record["regions"] = slugs(world, Kind::Region, &it.regions);
    record["documents"] = slugs(world, Kind::Document, &it.documents);
    record["contributions"] = contributions(world, &it.contributions);
    record
}

fn action(world: &World, it: &Action) -> Value {
    let mut record = record(&it.core, "title");
    record["kind"] = json!(it.kind);
    record["status"] = json!(it.status);
    record["occurrences"] = it.occurrences.iter().map(date).collect();
    record["themes"] = themes(world, &it.themes);
    record["agreements"] = slugs(world, Kind::Agreement, &it.agreements);
    record["programs"] = slugs(world, Kind::Program, &it.programs);
    record["regions"] = slugs(world, Kind::Region, &it.regions);
    record["parties"] = parts(world, &it.parties);
    record
}

fn slugs(world: &World, kind: Kind, these: &[usize]) -> Value {
    let these = these.iter();
    these
        .map(|one| json!(world.core(kind, *one).slug))
        .collect()
}

fn slug(world: &World, kind: Kind, one: Option<usize>) -> Option<Value> {
    one.map(|one| json!(world.core(kind, one).slug))
}

fn themes(world: &World, these: &[usize]) -> Value {
    these
        .iter()
        .map(|one| json!(world.themes[*one].slug))
        .collect()
}

fn record(core: &Core, label: &str) -> Value {
    let texts = core.texts.iter();
    let texts: Value = texts
        .map(|(language, text)| json!({ "language": language, "text": text }))
        .collect();
    let sources = core.identifiers.iter();
    let sources: Value = sources
        .map(|identifier| json!({ "name": "Un registre", "identifier": identifier }))
        .collect();
    json!({ "slug": core.slug, "originalLanguage": core.original, label: texts, "sources": sources })
}

fn set(record: &mut Value, field: &str, value: Option<Value>) {
    if let Some(value) = value {
        record[field] = value;
    }
}

fn date(date: &Dated) -> Value {
    json!({ "edtf": date.edtf })
}

fn parts(world: &World, parts: &[Part]) -> Value {
    let part = |part: &Part| {
        let slug = &world.parties[part.party].core.slug;
        json!({ "party": slug, "roles": part.roles, "namedAs": format!("Nom de {slug}") })
    };
    parts.iter().map(part).collect()
}

fn contributions(world: &World, contributions: &[Contribution]) -> Value {
    let party = |one: Option<usize>| one.map(|one| json!(world.parties[one].core.slug));
    let one = |(place, it): (usize, &Contribution)| {
        let mut record = json!({ "key": format!("c-{place}"), "kind": it.kind, "stage": it.stage, "qualifier": it.qualifier });
        set(&mut record, "funder", party(it.funder));
        set(&mut record, "recipient", party(it.recipient));
        set(&mut record, "period", it.period.as_ref().map(date));
        let money = it.money.map(|(hundredths, currency)| {
            let amount = format!("{}.{:02}", hundredths / 100, hundredths % 100);
            json!({ "amount": amount, "currency": currency })
        });
        set(&mut record, "money", money);
        record
    };
    contributions.iter().enumerate().map(one).collect()
}
