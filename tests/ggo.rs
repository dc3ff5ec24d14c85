//! Real agreements between states, by the converter of `examples/ggo`, in an excerpt of its data set: `tests/ggo/README.md`.

mod support;

#[path = "../examples/ggo/convert/mod.rs"]
mod convert;

use std::path::Path;

use convert::{Report, convert};
use serde_json::{Value, json};
use support::TestDb;
use support::generate::import;
use support::graphql::Registry;
use tempfile::TempDir;

fn bundle() -> (TempDir, Report) {
    let out = tempfile::tempdir().expect("a folder can be had");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ggo/data");
    let report = convert(&data, out.path()).expect("the excerpt is converted");
    (out, report)
}

/// The registry as it is shipped, with the excerpt in it.
fn imported() -> Registry {
    let (out, _report) = bundle();
    let db = TestDb::with_registry();
    import(&db, out.path());
    Registry::over(db)
}

/// A column of a list of the report, each value once, in the order of the list.
fn column(report: &Report, list: &str, index: usize) -> Vec<String> {
    let mut values: Vec<String> = report
        .rows(list)
        .iter()
        .map(|row| row[index].clone())
        .collect();
    values.dedup();
    values
}

#[test]
fn every_row_is_in_the_bundle_or_in_a_list_of_the_report() {
    let (out, report) = bundle();
    insta::assert_snapshot!("report", report);
    assert_eq!(
        column(&report, "orphans.csv", 1),
        ["FRA-GBR_1843A", "FRA_1843R", "ESAPFC_1952E:ESAPFC_1948A"]
    );
    assert_eq!(
        column(&report, "no-party.csv", 2),
        [
            "QAR",
            "BZL",
            "LES",
            "VAE",
            "Member countries not listed",
            "UNK"
        ]
    );
    let folded = column(&report, "folded-agreements.csv", 2);
    assert!(folded.contains(&"FIN-RUS_1922A".to_owned()), "{folded:?}");
    let repeated: Vec<_> = report
        .rows("folded-parties.csv")
        .iter()
        .filter(|row| row[2] == "the same as another row")
        .map(|row| (row[3].as_str(), row[4].as_str()))
        .collect();
    assert_eq!(repeated, [("CE08AP_1988P:LRTAP_1979A", "EUU")]);
    // The lists are written beside the bundle, which takes no notice of them.
    let values = std::fs::read_to_string(out.path().join("report/values.csv")).expect("is a list");
    insta::assert_snapshot!("values", values);
}

#[test]
fn dates_reach_readers_as_the_source_has_them() {
    let registry = imported();
    let dates = |treaty: &str| {
        let query = "query ($slug: String!) { agreement(slug: $slug) {
            signedOn { edtf asWritten earliest latest } startsOn { edtf asWritten } endsOn { edtf asWritten }
            status statusHistory { status on { edtf } } } }";
        let slug = json!({ "slug": format!("ggo-{treaty}") });
        registry.ask_with(query, &slug, None)["agreement"].take()
    };
    let written = |date: &Value| (date["edtf"].clone(), date["asWritten"].clone());
    // A month, kept; a span, a day without its month, a day that June lacks, a day that comes first: mended.
    let month = dates("cedgra-1999r24");
    assert_eq!(written(&month["signedOn"]), (json!("1999-08"), Value::Null));
    assert_eq!(month["signedOn"]["latest"], "1999-08-31");
    let span = dates("wm04cp-1981r");
    assert_eq!(
        written(&span["signedOn"]),
        (json!("1981-09/1981-10"), json!("1981-09..1981-10"))
    );
    assert_eq!(
        (&span["signedOn"]["earliest"], &span["signedOn"]["latest"]),
        (&json!("1981-09-01"), &json!("1981-10-31"))
    );
    assert_eq!(
        written(&dates("tr06rb-1961a")["startsOn"]),
        (json!("1964-XX"), json!("1964-XX-16"))
    );
    assert_eq!(
        written(&dates("pol-ppr-1970a")["endsOn"]),
        (json!("1976-06"), json!("1976-06-31"))
    );
    assert_eq!(
        written(&dates("grc-lbn-2004p")["startsOn"]),
        (json!("2005-02-14"), json!("0014-022005"))
    );
    // About, and in doubt.
    assert_eq!(dates("amcaff-1964r")["endsOn"]["edtf"], "2011-01-01~");
    assert_eq!(dates("eue-usa-1977a")["endsOn"]["edtf"], "1984-07-01?");
    // It was never signed, but it began.
    let begun = dates("kir-rus-1985a");
    assert_eq!(begun["signedOn"], Value::Null);
    assert_eq!(
        (&begun["startsOn"]["edtf"], &begun["status"]),
        (&json!("1985-08"), &json!("IN_FORCE"))
    );
    // 9999-12-31 is an open end; an end to come is not one that has come.
    let open = dates("qat-1969a");
    assert_eq!(
        (&open["endsOn"], &open["status"]),
        (&Value::Null, &json!("IN_FORCE"))
    );
    let to_come = dates("rus-tur-1997a");
    assert_eq!(to_come["endsOn"]["edtf"], "2025-12-31");
    assert_ne!(to_come["status"], "EXPIRED");
    // Signed after its term was over: the history still ends with what it has come to.
    let late = dates("ago-eue-1989p");
    assert_eq!(late["status"], "EXPIRED");
    assert_eq!(
        late["statusHistory"],
        json!([
            { "status": "SIGNED", "on": { "edtf": "1992-04-07?" } },
            { "status": "IN_FORCE", "on": null },
            { "status": "EXPIRED", "on": null },
        ])
    );
}

#[test]
fn a_treaty_is_one_agreement_and_a_party_takes_part_once() {
    let registry = imported();
    let total = "{ agreements(first: 1) { totalCount } }";
    let shipped = Registry::shipped().ask(total)["agreements"]["totalCount"].as_u64();
    let all = registry.ask(total)["agreements"]["totalCount"].as_u64();
    assert_eq!(all, shipped.map(|shipped| shipped + 62));
    // Four instruments have this identifier; the first is the agreement.
    let agreement =
        "title(language: EN) kind place(language: EN) languages sources { name identifier license }
        parties(first: 100) { totalCount edges { node { slug } roles
            signedOn { edtf } ratifiedOn { edtf } inForceOn { edtf } endedOn { edtf } } }";
    let query = format!(
        "{{ folded: agreement(slug: \"ggo-fin-rus-1922a\") {{ {agreement} }}
            spelled: agreement(slug: \"ggo-acnare-1986a\") {{ {agreement} }} }}"
    );
    insta::assert_json_snapshot!("participations", registry.ask(&query));
}

#[test]
fn a_party_has_the_names_that_it_bore_and_the_codes_that_it_is_named_by() {
    let registry = imported();
    let party = "kind name(language: FR) names { name(language: EN) from { edtf } until { edtf } }
        sources { identifier } regions { nodes { slug } }";
    let query = format!(
        "{{ algeria: party(slug: \"ggo-dza\") {{ {party} }}
            germany: party(slug: \"ggo-deu\") {{ {party} }}
            gdr: party(slug: \"ggo-ddr\") {{ {party} }}
            russia: party(slug: \"ggo-rus\") {{ {party} }}
            euratom: party(slug: \"ggo-euratom\") {{ {party} }}
            hongKong: party(slug: \"ggo-hkg\") {{ {party} }} }}"
    );
    insta::assert_json_snapshot!("parties", registry.ask(&query));
}

/// What `examples/ggo/count.py tests/ggo/data FRA CAN 1950 1999` finds in the tables, in its order.
const OF_FRANCE_AND_CANADA: [&str; 21] = [
    "ggo-scirwm-1950e2-intrrw-1937a",
    "ggo-intrpp-1951s",
    "ggo-inppso-1954a",
    "ggo-scirwm-1960e12-intrrw-1937a",
    "ggo-intcat-1966a",
    "ggo-pd05wd-1972a",
    "ggo-pmpdwm-1972a",
    "ggo-in06fc-1976p",
    "ggo-ti05pp-1977a",
    "ggo-acnare-1986a",
    "ggo-erlnna-1986a",
    "ggo-ce08ap-1988p-lrtap-1979a",
    "ggo-ce09ap-1991p-lrtap-1979a",
    "ggo-intrtt-1994a",
    "ggo-iergef-1994a",
    "ggo-unclos-1982a",
    "ggo-aiipps-1994e5-marpol-1973a",
    "ggo-cmntbt-1996a",
    "ggo-can-1996e3",
    "ggo-ighihr-1998o",
    "ggo-cedgra-1999r24",
];

#[test]
fn the_pages_of_two_parties_and_a_span_of_years_are_what_the_tables_have() {
    let registry = imported();
    let query = r#"query ($after: String) { agreements(first: 8, after: $after, orderBy: [{ field: DATE }], filter: {
        and: [{ party: { slugs: ["ggo-fra"] } }, { party: { slugs: ["ggo-can"] } }]
        date: { from: "1950-01-01", until: "1999-12-31" }
    }) { totalCount facets(by: YEAR, first: 100) { value count } nodes { slug } pageInfo { hasNextPage endCursor } } }"#;
    let (mut slugs, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = &registry.ask_with(query, &json!({ "after": after }), None)["agreements"];
        assert_eq!(page["totalCount"], 21);
        let years = page["facets"].as_array().expect("facets are a list");
        let of = |year: &str| {
            years
                .iter()
                .find(|facet| facet["value"] == year)
                .map(|facet| facet["count"].clone())
        };
        assert_eq!(
            (years.len(), of("1994"), of("1998"), of("1900")),
            (15, Some(json!(4)), Some(json!(1)), None)
        );
        let nodes = page["nodes"].as_array().expect("nodes are a list");
        slugs.extend(nodes.iter().map(|node| node["slug"].clone()));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(slugs, OF_FRANCE_AND_CANADA);
}

#[test]
fn the_bundle_can_be_imported_again() {
    let (out, _report) = bundle();
    let db = TestDb::with_registry();
    import(&db, out.path());
    let told = import(&db, out.path());
    assert!(told.contains("Nothing changed"), "{told}");
}
