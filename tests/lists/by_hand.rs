//! The same questions as SQL that a person would write, for the part of them that is asked most.

use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::Value;

use crate::dates::{Day, day};
use crate::reference::Question;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    slug: String,
}

/// The slugs of all agreements that a question of kinds, date, party and region asks for.
pub fn agreements(connection: &mut PgConnection, question: &Question) -> Vec<String> {
    let filter = &question.filter;
    let given = |name: &str| Some(&filter[name]).filter(|value| !value.is_null());
    let kinds = given("kinds").map(|kinds| format!("a.kind IN ({})", list(kinds)));
    let conditions = [
        kinds,
        given("date").map(in_time),
        given("party").map(with_party),
        given("region").map(covering),
    ];
    let conditions: Vec<_> = conditions.into_iter().flatten().collect();
    let conditions = if conditions.is_empty() {
        "true".to_owned()
    } else {
        conditions.join(" AND ")
    };
    let language = question.language.unwrap_or("original").to_lowercase();
    let mut terms: Vec<_> = question
        .order
        .iter()
        .map(|(field, direction)| {
            let column = match *field {
                "DATE" => "sort_date".to_owned(),
                "TITLE" => format!("sort_{language}"),
                _ => "updated_at".to_owned(),
            };
            format!("a.{column} {} NULLS LAST", direction.unwrap_or("ASC"))
        })
        .collect();
    if terms.is_empty() {
        terms.push("a.sort_date DESC NULLS LAST".to_owned());
    }
    let sql = format!(
        "{LINES} SELECT a.slug FROM agreement a WHERE {conditions} ORDER BY {}, a.slug",
        terms.join(", ")
    );
    let rows: Vec<Row> = diesel::sql_query(&sql)
        .load(connection)
        .unwrap_or_else(|error| panic!("{error}\n{sql}"));
    rows.into_iter().map(|row| row.slug).collect()
}

/// Each party with those before and after it, and itself.
const LINES: &str = "WITH RECURSIVE earlier(party_id, before_id) AS (
        SELECT id, id FROM party
        UNION SELECT earlier.party_id, s.predecessor_id FROM earlier
            JOIN party_succession s ON s.successor_id = earlier.before_id AND s.kind <> 'TRANSFER'
    ), line AS (
        SELECT party_id, before_id AS other_id FROM earlier UNION SELECT before_id, party_id FROM earlier
    )";

fn in_time(range: &Value) -> String {
    let bound = |name: &str| range[name].as_str().map(day);
    let (from, until) = (bound("from"), bound("until"));
    // A range that PostgreSQL doesn't take.
    if matches!((from, until), (Some(from), Some(until)) if from > until) {
        return "false".to_owned();
    }
    let when = |day: Option<Day>| day.map_or("NULL".to_owned(), postgres);
    let date = |column: &str| {
        format!(
            "CASE WHEN a.signed_on_edtf IS NOT NULL THEN a.signed_on_{column} WHEN a.adopted_on_edtf IS NOT NULL THEN a.adopted_on_{column} \
             WHEN a.announced_on_edtf IS NOT NULL THEN a.announced_on_{column} ELSE a.starts_on_{column} END"
        )
    };
    format!(
        "coalesce(a.signed_on_edtf, a.adopted_on_edtf, a.announced_on_edtf, a.starts_on_edtf) IS NOT NULL \
         AND daterange({}, {}, '[]') && daterange({}, {}, '[]')",
        date("earliest"),
        date("latest"),
        when(from),
        when(until)
    )
}

fn with_party(wanted: &Value) -> String {
    let roles = match &wanted["roles"] {
        Value::Null => "true".to_owned(),
        roles => {
            let roles = list(roles);
            format!("EXISTS (SELECT FROM unnest(x.roles) role WHERE role IN ({roles}))")
        }
    };
    let same = if wanted["includeLineage"] == true {
        "EXISTS (SELECT FROM line l WHERE l.party_id = p.id AND l.other_id = x.party_id)"
    } else {
        "x.party_id = p.id"
    };
    format!(
        "EXISTS (SELECT FROM agreement_party x, party p WHERE x.agreement_id = a.id AND p.slug IN ({}) AND {same} AND {roles})",
        list(&wanted["slugs"])
    )
}

fn covering(wanted: &Value) -> String {
    let same = if wanted["includeDescendants"] == false {
        "x.region_id = r.id"
    } else {
        "EXISTS (SELECT FROM region_ancestor n WHERE n.region_id = x.region_id AND n.ancestor_id = r.id)"
    };
    format!(
        "EXISTS (SELECT FROM agreement_region x, region r WHERE x.agreement_id = a.id AND r.slug IN ({}) AND {same})",
        list(&wanted["slugs"])
    )
}

/// Words as they stand behind IN: made up here, so without quotes.
fn list(words: &Value) -> String {
    let words = words.as_array().expect("it is a list").iter();
    let words = words.map(|word| format!("'{}'", word.as_str().expect("it is a word")));
    // A list without elements is a mistake in SQL.
    words
        .chain(["NULL".to_owned()])
        .collect::<Vec<_>>()
        .join(", ")
}

fn postgres((year, month, day): Day) -> String {
    match year {
        1.. => format!("'{year:04}-{month:02}-{day:02}'::date"),
        _ => format!("'{:04}-{month:02}-{day:02} BC'::date", 1 - year),
    }
}
