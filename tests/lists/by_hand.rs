//! The same questions as SQL that a person would write, for the part of them that is asked most.

use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::Value;

use crate::dates::day;
use crate::reference::Question;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    slug: String,
}

/// The slugs of all agreements that a question of kinds, date, party and region asks for.
pub fn agreements(connection: &mut PgConnection, question: &Question) -> Vec<String> {
    let mut sql = "WITH RECURSIVE earlier(party_id, before_id) AS (
            SELECT id, id FROM party
            UNION SELECT earlier.party_id, s.predecessor_id FROM earlier
                JOIN party_succession s ON s.successor_id = earlier.before_id AND s.kind <> 'TRANSFER'
        ), line AS (
            SELECT party_id, before_id AS other_id FROM earlier UNION SELECT before_id, party_id FROM earlier
        )
        SELECT a.slug FROM agreement a WHERE true"
        .to_owned();
    let filter = &question.filter;
    if !filter["kinds"].is_null() {
        sql += &format!(" AND a.kind IN ({})", list(&filter["kinds"]));
    }
    if !filter["date"].is_null() {
        let bound = |name: &str| filter["date"][name].as_str().map(day);
        let (from, until) = (bound("from"), bound("until"));
        let date = |column: &str| {
            format!(
                "CASE WHEN a.signed_on_edtf IS NOT NULL THEN a.signed_on_{column} WHEN a.adopted_on_edtf IS NOT NULL THEN a.adopted_on_{column} \
                 WHEN a.announced_on_edtf IS NOT NULL THEN a.announced_on_{column} ELSE a.starts_on_{column} END"
            )
        };
        let when = |day: Option<_>| day.map_or("NULL".to_owned(), postgres);
        if matches!((from, until), (Some(from), Some(until)) if from > until) {
            sql += " AND false";
        } else {
            sql += &format!(
                " AND (SELECT {} IS NOT NULL AND daterange({}, {}, '[]') && daterange({}, {}, '[]'))",
                "coalesce(a.signed_on_edtf, a.adopted_on_edtf, a.announced_on_edtf, a.starts_on_edtf)",
                date("earliest"),
                date("latest"),
                when(from),
                when(until)
            );
        }
    }
    let party = &filter["party"];
    if !party.is_null() {
        let roles = match &party["roles"] {
            Value::Null => "true".to_owned(),
            roles => format!(
                "EXISTS (SELECT FROM unnest(x.roles) role WHERE role IN ({}))",
                list(roles)
            ),
        };
        let same = if party["includeLineage"] == true {
            "EXISTS (SELECT FROM line l WHERE l.party_id = p.id AND l.other_id = x.party_id)"
        } else {
            "x.party_id = p.id"
        };
        sql += &format!(
            " AND EXISTS (SELECT FROM agreement_party x, party p WHERE x.agreement_id = a.id AND p.slug IN ({}) AND {same} AND {roles})",
            list(&party["slugs"])
        );
    }
    let region = &filter["region"];
    if !region.is_null() {
        let same = if region["includeDescendants"] == false {
            "x.region_id = r.id"
        } else {
            "EXISTS (SELECT FROM region_ancestor n WHERE n.region_id = x.region_id AND n.ancestor_id = r.id)"
        };
        sql += &format!(
            " AND EXISTS (SELECT FROM agreement_region x, region r WHERE x.agreement_id = a.id AND r.slug IN ({}) AND {same})",
            list(&region["slugs"])
        );
    }
    let language = question.language.unwrap_or("original").to_lowercase();
    let terms = question.order.iter().map(|(field, direction)| {
        let column = match *field {
            "DATE" => "a.sort_date".to_owned(),
            "TITLE" => format!("a.sort_{language}"),
            _ => "a.updated_at".to_owned(),
        };
        format!("{column} {} NULLS LAST, ", direction.unwrap_or("ASC"))
    });
    let terms: String = terms.collect();
    let terms = if terms.is_empty() {
        "a.sort_date DESC NULLS LAST, "
    } else {
        &terms
    };
    sql += &format!(" ORDER BY {terms} a.slug");
    let rows: Vec<Row> = diesel::sql_query(&sql)
        .load(connection)
        .unwrap_or_else(|error| panic!("{error}\n{sql}"));
    rows.into_iter().map(|row| row.slug).collect()
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

fn postgres((year, month, day): (i32, u8, u8)) -> String {
    match year {
        1.. => format!("'{year:04}-{month:02}-{day:02}'::date"),
        _ => format!("'{:04}-{month:02}-{day:02} BC'::date", 1 - year),
    }
}
