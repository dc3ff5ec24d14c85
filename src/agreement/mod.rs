//! Agreements: instruments by which parties commit themselves, and what they consist of.

mod groups;
mod parts;
mod vocabulary;

use serde_json::Value;

use crate::model::{
    Arg, Content, DATED, Field, Filter, Link, Order, Record, Rules, Stored, Type, Way, Weight,
    connection, date, edges, enumeration, integer, list, localized, parts as owned, reference_list,
    references, strings,
};
use crate::{party, region};

pub use groups::funding;
pub use vocabulary::ENUMS;

/// What an agreement's participation says on the edges between it and its parties.
pub const PARTICIPATION: &[&str] = &[
    "roles",
    "namedAs",
    "signedOn",
    "ratifiedOn",
    "inForceOn",
    "endedOn",
    "citations",
];

/// What is declared here.
pub fn types() -> Vec<Type> {
    let mut types = vec![agreement()];
    types.extend(parts::types());
    types.extend(groups::types());
    types
}

/// The themes of a record.
pub fn themes(table: &'static str, near: &'static str) -> Field {
    reference_list(
        "themes",
        "Theme",
        "theme",
        table,
        near,
        "theme_id",
        "The subjects that it deals with, by name.",
    )
}

/// The provisions of a record.
pub fn provisions() -> Field {
    owned(
        "provisions",
        "Provision",
        "provision",
        "record_id",
        "Objectives, components (volets), commitments and principles, in their order in the text.",
    )
    .arg(Arg::keeping(
        "kinds",
        "[ProvisionKind!]",
        "Only those of these kinds; an empty list keeps none.",
        "t.kind = ANY($arg::text[])",
    ))
}

fn agreement() -> Type {
    Type::record_type(
        "Agreement",
        "agreement",
        Record { tag: "AGREEMENT", one: "agreement", many: "agreements", label: "title", dated: true, logged: true },
        "An instrument by which parties commit themselves: a declaration, an administrative agreement, a partnership, a communiqué, an action plan.",
    )
    .rules(Rules {
        content: vec![relations],
        ..Rules::default()
    })
    .filters([
        Filter::new("kinds", "[AgreementKind!]", "Those of one of these kinds.", "@.kind = ANY($arg::text[])"),
        Filter::new("statuses", "[AgreementStatus!]", "Those whose current status is one of these.", "@.status = ANY($arg::text[])"),
        Filter::slugs("themes", "Those with one of these themes, by slug.", "theme", "agreement_theme", "agreement_id", "theme_id"),
        Filter::date("signedOn", "Those that can have been signed then."),
        Filter::date("adoptedOn", "Those that can have been adopted then."),
        Filter::date("announcedOn", "Those that can have been announced then."),
        Filter::date("startsOn", "Those that can have taken effect then."),
        Filter::date("endsOn", "Those that can have ended then."),
        Filter::date("date", "By when it was signed, or else adopted, or else announced, or else starts; DATE orders by the same."),
        Filter::new(
            "party",
            "PartyMatch",
            "Those in which one of these parties takes part.",
            format!("@.id IN (SELECT j.agreement_id FROM agreement_party j WHERE j.party_id IN ({}){{roles:  AND j.roles && $roles::text[]}})", party::MATCHED),
        ),
        Filter::new(
            "region",
            "RegionMatch",
            "Those that cover one of these regions.",
            format!("@.id IN (SELECT j.agreement_id FROM agreement_region j WHERE j.region_id IN ({}))", region::MATCHED),
        )
        .over(within_a_region()),
        Filter::slugs("programs", "Those concluded under one of these programmes, by slug.", "program", "agreement_program", "agreement_id", "program_id"),
    ])
    .facets(groups::facets())
    .fields([
        enumeration("kind", "AgreementKind", None, "What sort of instrument it is, as its own text or the law sees it.").required(),
        localized("title", "What it is called, after its source.").required().searched(Weight::Title),
        localized("summary", "What it says, in a few sentences of the registry's own.").searched(Weight::Summary),
        strings("languages", "BCP 47 tags (`fr`, `pt-BR`) of the languages of its authentic texts; empty where no source says."),
        enumeration("status", "AgreementStatus", None, "How far it has come by now: the last entry of `statusHistory`.").required().derived_by(status),
        owned(
            "statusHistory",
            "AgreementStatusEntry",
            "agreement_status",
            "agreement_id",
            "How far it came, and when. Oldest first, undated entries where the source's order puts them; never empty.",
        )
        .required(),
        date("signedOn", "When it was signed; null where it was not, or no source says."),
        date("adoptedOn", "When it was adopted, where nobody signs: a resolution, a plan. Null where it was not, or no source says."),
        date("announcedOn", "When it was made public; null where no source says."),
        date("startsOn", "The first day of its effect; null where no source says."),
        date("endsOn", "The last day of its effect; null where it has no end, or no source says."),
        integer("durationMonths", "How many months it runs, where the source gives no end points: `sur trois ans` is 36. Else null.").at_least(1.0),
        localized("place", "Where it was concluded, in words: `Paris`. Null where no source says."),
        themes("agreement_theme", "agreement_id"),
        provisions(),
        owned("signatures", "Signature", "signature", "agreement_id", "Who signed, adopted, announced, spoke or is responsible, in the order of the source."),
        owned("contributions", "Contribution", "contribution", "record_id", "Who gives what for it: one entry per giver and amount. Matched funding is two entries."),
        list("contributed", contributed(), "The sum of its contributions that are COMMITTED or PAID and no ENVELOPE, one per currency; those without a figure are left out, never zero."),
        edges(
            "parties",
            "AgreementParty",
            Link::through("Party", "party", "agreement_party", "agreement_id", "party_id"),
            "AgreementParty",
            PARTICIPATION,
            "Who takes part in it, by name; what each does stands on the edge.",
        )
        .stored_in("parties", Stored::Parts { part: "AgreementParty", owner: "agreement_id" })
        .arg(Arg::keeping("roles", "[PartyRole!]", "Only those with one of these roles; an empty list keeps none.", "j.roles && $arg::text[]")),
        references("programs", "Program", "program", "agreement_program", "agreement_id", "program_id", "The programmes that it is concluded under, by name."),
        references("regions", "Region", "region", "agreement_region", "agreement_id", "region_id", "The regions that it covers as its text names them, by name; those that they lie in are in their `ancestors`."),
        connection(
            "actions",
            Link::through("Action", "action", "action_agreement", "agreement_id", "action_id").carrying(DATED),
            "What is or was done under it, newest first.",
        )
        .filtered(),
        owned("relations", "AgreementRelation", "agreement_relation", "agreement_id", "How it relates to other agreements, programmes and actions, including what those say of it.")
            .linked(Link { from: "agreement_relation_seen t".to_owned(), ..Link::to("AgreementRelation", "", "t.agreement_id = $owner") })
            .arg(Arg::keeping("kinds", "[AgreementRelationKind!]", "Only those of these kinds; an empty list keeps none.", "t.kind = ANY($arg::text[])")),
        references("documents", "Document", "document", "agreement_document", "agreement_id", "document_id", "Its own texts, and documents that report on it, newest first."),
    ])
}

/// From a region to the agreements that cover it or what lies in it. Nearly all dates are of one day, and an index finds these.
fn within_a_region() -> Way {
    Way {
        serves: |value| {
            let slugs = value["slugs"].as_array().map_or(0, Vec::len);
            slugs == 1 && value["includeDescendants"] == true
        },
        link: Link {
            on: String::new(),
            ..Link::through("Agreement", "agreement", "agreement_within", "", "agreement_id")
        }
        .carrying(WITHIN),
        condition: "j.region_id = (SELECT r.id FROM region r WHERE r.slug = ANY($slugs::text[]))",
        split: Some((
            "date",
            [
                "@.one_day{from:  AND @.sort_date >= $from::date}{until:  AND @.sort_date <= $until::date}".to_owned(),
                format!("NOT @.one_day AND {}", crate::model::within("@.date")),
            ],
        )),
    }
}

/// What the agreements within a region carry copies of.
pub const WITHIN: &[&str] = &[
    "kind",
    "slug",
    "sort_date",
    "date_edtf",
    "date_earliest",
    "date_latest",
];

/// Relations lead to records that can be related, and not back to where they start.
fn relations(content: &Content, problems: &mut Vec<(String, String)>) {
    let relations = content.get("relations").and_then(Value::as_array);
    for (index, relation) in relations.into_iter().flatten().enumerate() {
        let tag = relation["recordType"].as_str().unwrap_or_default();
        if !["AGREEMENT", "PROGRAM", "ACTION"].contains(&tag) {
            problems.push((
                format!("relations[{index}].recordType"),
                format!("relations do not lead to a {tag}; write AGREEMENT, PROGRAM or ACTION"),
            ));
        }
        if tag == "AGREEMENT" && relation["record"] == content["slug"] {
            problems.push((
                format!("relations[{index}].record"),
                "this is the agreement itself; write the slug of another".to_owned(),
            ));
        }
    }
}

/// The status that the history ends with.
fn status(content: &Content) -> Value {
    content
        .get("statusHistory")
        .and_then(Value::as_array)
        .and_then(|history| history.last())
        .map_or(Value::Null, |entry| entry["status"].clone())
}

fn contributed() -> Link {
    let by_currency = Order::of([crate::model::Term {
        sql: "t.money_currency",
        column: crate::model::Column::Text,
        descending: false,
        nullable: false,
    }]);
    let sums = "(SELECT c.record_id, c.money_currency, sum(c.money_amount) AS money_amount, bool_or(c.qualifier <> 'EXACT') AS approximate, \
                count(*)::integer AS count FROM contribution c \
                WHERE c.stage IN ('COMMITTED', 'PAID') AND c.kind <> 'ENVELOPE' AND c.money_amount IS NOT NULL GROUP BY 1, 2) t";
    Link {
        from: sums.to_owned(),
        ..Link::to("ContributedSum", "", "t.record_id = $owner").ordered(by_currency)
    }
}
