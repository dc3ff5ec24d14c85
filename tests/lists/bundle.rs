//! The made-up registry as a bundle, and a database with it.

use std::fmt::Write as _;
use std::sync::LazyLock;

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::dates::Dated;
use crate::make::world;
use crate::support::graphql::Registry;
use crate::support::{TestDb, generate, template};
use crate::world::{Contribution, Core, INSTANTS, Kind, Part, World};

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
    let mut records = Vec::new();
    let slugs = |kind: Kind, these: &[usize]| -> Value {
        these
            .iter()
            .map(|index| json!(world.core(kind, *index).slug))
            .collect()
    };
    let slug = |kind: Kind, one: Option<usize>| one.map(|one| json!(world.core(kind, one).slug));
    let themes = |these: &[usize]| -> Value {
        these
            .iter()
            .map(|index| json!(world.themes[*index].slug))
            .collect()
    };
    for theme in &world.themes {
        let mut record = record(theme, "name");
        record
            .as_object_mut()
            .expect("it is an object")
            .remove("sources");
        records.push(json!({ "theme": record }));
    }
    for region in &world.regions {
        let mut record = record(&region.core, "name");
        record["kind"] = json!(region.kind);
        if let Some((scheme, value)) = &region.code {
            record["codes"] = json!([{ "scheme": scheme, "value": value }]);
        }
        set(&mut record, "parent", slug(Kind::Region, region.parent));
        record["memberOf"] = slugs(Kind::Region, &region.groups);
        set(
            &mut record,
            "population",
            region.population.map(Value::from),
        );
        records.push(json!({ "region": record }));
    }
    for party in &world.parties {
        let mut record = record(&party.core, "name");
        record["names"] = json!([{ "name": record["name"].take() }]);
        record
            .as_object_mut()
            .expect("it is an object")
            .remove("name");
        record["kind"] = json!(party.kind);
        record["regions"] = slugs(Kind::Region, &party.regions);
        let before = party.predecessors.iter();
        record["predecessors"] = before
            .map(|(kind, one)| json!({ "kind": kind, "party": world.parties[*one].core.slug }))
            .collect();
        records.push(json!({ "party": record }));
    }
    for program in &world.programs {
        let mut record = record(&program.core, "name");
        record["status"] = json!(program.status);
        record["themes"] = themes(&program.themes);
        record["eligibleKinds"] = json!(program.eligible);
        set(
            &mut record,
            "responsible",
            slug(Kind::Party, program.responsible),
        );
        record["regions"] = slugs(Kind::Region, &program.regions);
        record["contributions"] = contributions(world, &program.contributions);
        records.push(json!({ "program": record }));
    }
    for document in &world.documents {
        let mut record = record(&document.core, "title");
        record["text"] = json!("Texte.");
        record["language"] = json!(document.language);
        set(
            &mut record,
            "publisher",
            slug(Kind::Party, document.publisher),
        );
        set(
            &mut record,
            "publishedOn",
            document.published.as_ref().map(date),
        );
        records.push(json!({ "document": record }));
    }
    for agreement in &world.agreements {
        let mut record = record(&agreement.core, "title");
        record["kind"] = json!(agreement.kind);
        let statuses = agreement.statuses.iter().enumerate();
        record["statusHistory"] = statuses
            .map(|(place, status)| json!({ "key": format!("s-{place}"), "status": status }))
            .collect();
        let names = ["signedOn", "adoptedOn", "announcedOn", "startsOn", "endsOn"];
        for (name, value) in names.iter().zip(&agreement.dates) {
            set(&mut record, name, value.as_ref().map(date));
        }
        record["themes"] = themes(&agreement.themes);
        record["parties"] = parts(world, &agreement.parties);
        record["programs"] = slugs(Kind::Program, &agreement.programs);
        record["regions"] = slugs(Kind::Region, &agreement.regions);
        record["documents"] = slugs(Kind::Document, &agreement.documents);
        record["contributions"] = contributions(world, &agreement.contributions);
        records.push(json!({ "agreement": record }));
    }
    for action in &world.actions {
        let mut record = record(&action.core, "title");
        record["kind"] = json!(action.kind);
        record["status"] = json!(action.status);
        record["occurrences"] = action.occurrences.iter().map(date).collect();
        record["themes"] = themes(&action.themes);
        record["agreements"] = slugs(Kind::Agreement, &action.agreements);
        record["programs"] = slugs(Kind::Program, &action.programs);
        record["regions"] = slugs(Kind::Region, &action.regions);
        record["parties"] = parts(world, &action.parties);
        records.push(json!({ "action": record }));
    }
    let lines: Vec<_> = records.iter().map(Value::to_string).collect();
    lines.join("\n")
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
