//! Parties: who takes part in agreements.

use serde_json::Value;

use crate::model::{
    Arg, Content, DATED, Enum, Filter, Input, Link, Record, Rules, Type, Weight, connection, date,
    edges, enumeration, list, localized, one, part_citations, parts, reference, references, url,
};
use crate::region;

/// The enumerations declared here.
pub static ENUMS: &[Enum] = &[
    Enum {
        name: "PartyKind",
        doc: "What sort of body a party is. Where two would do, the narrower: a ministry that signs is MINISTRY, not GOVERNMENT.",
        values: &[
            (
                "STATE",
                "A state as a subject of international law: France. What acts for it may be a GOVERNMENT or a MINISTRY of its own.",
            ),
            (
                "GOVERNMENT",
                "The government of a state, a province or a federated state, as a whole: the Gouvernement du Québec.",
            ),
            (
                "MINISTRY",
                "A ministry or department of a government, which is its `parent`. One that is renamed is a new party that succeeds the old one.",
            ),
            (
                "MUNICIPALITY",
                "A city, town or village that acts by itself; a body that unites several is MUNICIPAL_ASSOCIATION or REGIONAL_BODY.",
            ),
            (
                "MUNICIPAL_ASSOCIATION",
                "A union or federation of municipalities that speaks for them, or an organ of one: the Union des municipalités du Québec.",
            ),
            (
                "REGIONAL_BODY",
                "An administration between municipality and province: an MRC, the Administration régionale Baie-James.",
            ),
            (
                "INTERGOVERNMENTAL_ORGANIZATION",
                "An organisation of states with organs of its own: the European Union. Its members are in `members`.",
            ),
            (
                "CIVIL_SOCIETY_ORGANIZATION",
                "An association, a cooperative, an enterprise or another organisation that is not public.",
            ),
            (
                "INSTITUTION",
                "A public institution with a task of its own: a library, a university, an agency.",
            ),
            (
                "GROUP_OF_STATES",
                "States that act together without an organisation of their own, as at a summit: the countries of Latin America and the Caribbean.",
            ),
        ],
    },
    Enum {
        name: "PartyRole",
        doc: "What a party does in an agreement; one party can do several of these.",
        values: &[
            (
                "SIGNATORY",
                "It concludes the agreement: it signs, adopts or declares it.",
            ),
            (
                "FUNDER",
                "It pays for it, or promises to; how much is in the agreement's `contributions`.",
            ),
            (
                "IMPLEMENTER",
                "It carries out what is agreed, by itself or with others.",
            ),
            (
                "ACCOUNTABLE",
                "It answers to the others for what is done, whoever does it.",
            ),
            (
                "BENEFICIARY",
                "What is agreed is done for it, or for those whom it stands for.",
            ),
            (
                "WITNESS",
                "It attends the conclusion without committing itself.",
            ),
            (
                "TECHNICAL_PARTNER",
                "It lends its expertise or its services, without funding or concluding.",
            ),
            (
                "HOST",
                "The meeting or the signing takes place at its invitation.",
            ),
        ],
    },
    Enum {
        name: "SuccessionKind",
        doc: "How one party takes the place of another. RENAME, MERGER and SPLIT make one line, which `includeLineage` follows; TRANSFER does not.",
        values: &[
            (
                "RENAME",
                "The same body goes on under a new name, perhaps with other duties: MICC became MIDI.",
            ),
            (
                "MERGER",
                "Several bodies become one; each of them is a predecessor of the new one.",
            ),
            (
                "SPLIT",
                "One body becomes several; each of them is a successor of the old one.",
            ),
            (
                "TRANSFER",
                "A body takes over duties of another, which may go on.",
            ),
        ],
    },
];

/// Selects the parties that a `PartyMatch` or `ActionPartyMatch` names.
pub const MATCHED: &str = "SELECT p.id FROM party p WHERE p.slug = ANY($slugs::text[])\
    {includeLineage:  UNION ALL SELECT l.other_id FROM party p JOIN party_line l ON l.party_id = p.id WHERE p.slug = ANY($slugs::text[])}";

/// The condition that a party is `$owner`, or with `includeLineage` one of its line.
macro_rules! of_the_line {
    ($party:literal) => {
        concat!(
            "{!includeLineage: ", $party, " = $owner}",
            "{includeLineage: ", $party, " = ANY (ARRAY(SELECT $owner UNION ALL SELECT l.other_id FROM party_line l WHERE l.party_id = $owner))}"
        )
    };
}

/// The input objects declared here.
pub fn inputs() -> Vec<Input> {
    let matching = |name, roles: &'static str| {
        Input::new(
            name,
            "A choice of parties, by slug, and of what they do there.",
        )
        .field(
            "slugs",
            "[String!]!",
            "Any of these parties; slugs that no party has match nothing.",
        )
        .field(
            "roles",
            roles,
            "Only where such a party has one of these roles; an empty list matches nothing.",
        )
        .field(
            "includeLineage",
            "Boolean",
            "Also their predecessors and successors, through renames, mergers and splits.",
        )
        .or(false)
    };
    vec![
        matching("PartyMatch", "[PartyRole!]"),
        matching("ActionPartyMatch", "[ActionRole!]"),
    ]
}

/// What is declared here.
pub fn types() -> Vec<Type> {
    vec![party(), name(), succession()]
}

fn party() -> Type {
    Type::record_type(
        "Party",
        "party",
        Record { tag: "PARTY", one: "party", many: "parties", label: "name", dated: false, logged: true },
        "A government, ministry, municipal union, regional body, state or organisation that takes part in agreements.",
    )
    .rules(Rules {
        content: vec![predecessors],
        derive: vec![
            "DELETE FROM party_line",
            "WITH RECURSIVE line(later_id, earlier_id) AS (
                 SELECT successor_id, predecessor_id FROM party_succession WHERE kind IN ('RENAME', 'MERGER', 'SPLIT')
                 UNION SELECT line.later_id, s.predecessor_id FROM line JOIN party_succession s ON s.successor_id = line.earlier_id
                 WHERE s.kind IN ('RENAME', 'MERGER', 'SPLIT')
             ), either(party_id, other_id) AS (
                 SELECT later_id, earlier_id FROM line UNION SELECT earlier_id, later_id FROM line
             )
             INSERT INTO party_line (party_id, other_id) SELECT party_id, other_id FROM either WHERE party_id <> other_id",
        ],
        check: vec![
            "WITH RECURSIVE up(id, parent_id) AS (
                 SELECT id, parent_id FROM party WHERE parent_id IS NOT NULL
                 UNION SELECT up.id, party.parent_id FROM up JOIN party ON party.id = up.parent_id WHERE party.parent_id IS NOT NULL
             )
             SELECT party.slug, 'parent', 'This party would belong to itself: choose a body that does not belong to it.'
             FROM party JOIN up ON up.id = party.id AND up.parent_id = party.id",
            "WITH RECURSIVE up(id, group_id) AS (
                 SELECT party_id, group_id FROM party_membership
                 UNION SELECT up.id, m.group_id FROM up JOIN party_membership m ON m.party_id = up.group_id
             )
             SELECT party.slug, 'memberOf', 'This party would be a member of itself: take one of the memberships away that lead back to it.'
             FROM party JOIN up ON up.id = party.id AND up.group_id = party.id",
        ],
    })
    .filters([
        Filter::new("kinds", "[PartyKind!]", "Those of one of these kinds.", "@.kind = ANY($arg::text[])"),
        Filter::new(
            "region",
            "RegionMatch",
            "Those that govern one of these regions or work there.",
            format!("@.id IN (SELECT j.party_id FROM party_region j WHERE j.region_id IN ({}))", region::MATCHED),
        ),
    ])
    .fields([
        enumeration("kind", "PartyKind", None, "What sort of body it is: STATE, MINISTRY, MUNICIPAL_ASSOCIATION and so on.").required(),
        localized("name", "The current, or else the last, name; in the request's language, else the original one.")
            .required()
            .derived_by(|content| current_name(content, "name"))
            .searched(Weight::Title),
        localized("acronym", "The acronym that goes with the name: `MIFI`. Null where it has none.")
            .derived_by(|content| current_name(content, "acronym"))
            .searched(Weight::Title),
        parts("names", "PartyName", "party_name", "party_id", "Every name that it has borne, oldest first.").required(),
        url("website", "The address of its own site."),
        reference("parent", "Party", "The body that it belongs to: a ministry's government. Null where it stands by itself, or no source says."),
        connection("children", Link::to("Party", "party", "t.parent_id = $owner"), "The bodies that belong to it, one step down, by name."),
        references("memberOf", "Party", "party", "party_membership", "party_id", "group_id", "The groups and organisations that it is a member of, by name."),
        connection("members", Link::through("Party", "party", "party_membership", "group_id", "party_id"), "For a group or an organisation its members, by name; for others an empty list."),
        parts("predecessors", "PartySuccession", "party_succession", "successor_id", "The parties whose place it took, one step back; `includeLineage` goes all the way.")
            .linked(successions("t.successor_id = $owner", "s.predecessor_id")),
        list("successors", successions("t.predecessor_id = $owner", "s.successor_id"), "The parties that took its place, one step on; empty where it is still there."),
        references("regions", "Region", "region", "party_region", "party_id", "region_id", "The regions that it governs or works in, by name."),
        edges(
            "agreements",
            "PartyAgreement",
            taking_part("Agreement", "agreement", "agreement_party", "agreement_id"),
            "AgreementParty",
            crate::agreement::PARTICIPATION,
            "The agreements that it takes part in, newest first. With `includeLineage`, also those of its predecessors and successors: each once, with its own part \
             on the edge where it has one, else with that of one of them.",
        )
        .filtered()
        .arg(Arg::keeping("roles", "[PartyRole!]", "Only those where it has one of these roles; an empty list keeps none.", "j.roles && $arg::text[]"))
        .arg(lineage()),
        connection(
            "programs",
            Link::to(
                "Program",
                "program",
                concat!(
                    "t.id IN (SELECT g.program_id FROM agreement_party p JOIN agreement_program g USING (agreement_id) WHERE ", of_the_line!("p.party_id"),
                    " UNION ALL SELECT r.id FROM program r WHERE ", of_the_line!("r.responsible_id"), ")"
                ),
            ),
            "The programmes that it is responsible for, and those of its agreements, by name.",
        )
        .filtered()
        .arg(lineage()),
        edges(
            "actions",
            "PartyAction",
            taking_part("Action", "action", "action_party", "action_id"),
            "ActionParty",
            &["roles", "namedAs"],
            "The actions that it takes part in, newest first. With `includeLineage`, also those of its predecessors and successors, each once.",
        )
        .filtered()
        .arg(Arg::keeping("roles", "[ActionRole!]", "Only those where it has one of these roles; an empty list keeps none.", "j.roles && $arg::text[]"))
        .arg(lineage()),
    ])
}

fn lineage() -> Arg {
    Arg::new(
        "includeLineage",
        "Boolean",
        "Also those of its predecessors and successors, through renames, mergers and splits (MICC, MIDI and MIFI are one line).",
    )
    .or(false)
}

/// From a party, or its line, over its participations to what it takes part in: each once, by its own participation where
/// it has one.
fn taking_part(target: &'static str, table: &str, between: &str, far: &str) -> Link {
    let line = of_the_line!("j.party_id");
    let same = of_the_line!("p.party_id");
    Link {
        on: format!(
            "{line}{{includeLineage:  AND (j.party_id = $owner OR NOT EXISTS (SELECT FROM {between} p WHERE p.{far} = j.{far} AND {same}\
             {{roles:  AND p.roles && $roles::text[]}} AND (p.party_id = $owner OR p.id < j.id)))}}"
        ),
        ..Link::through(target, table, between, "party_id", far).carrying(DATED)
    }
}

/// No party takes its own place.
fn predecessors(content: &Content, problems: &mut Vec<(String, String)>) {
    let predecessors = content.get("predecessors").and_then(Value::as_array);
    for (index, succession) in predecessors.into_iter().flatten().enumerate() {
        if succession["party"] == content["slug"] {
            problems.push((
                format!("predecessors[{index}].party"),
                "this is the party itself; write the slug of the one before it".to_owned(),
            ));
        }
    }
}

fn successions(on: &str, other: &str) -> Link {
    let mut link = Link::to("PartySuccession", "", on);
    link.from = format!("(SELECT s.*, {other} AS other_id FROM party_succession s) t");
    link
}

/// The name that a party bears now, else the last that it bore.
fn current_name(content: &Content, field: &str) -> Value {
    let names = content
        .get("names")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let current = names
        .iter()
        .rev()
        .find(|name| name["until"].is_null())
        .or(names.last());
    current.map_or(Value::Null, |name| name[field].clone())
}

fn name() -> Type {
    Type::part(
        "PartyName",
        "party_name",
        "A name that a party bears or bore.",
    )
    .fields([
        localized("name", "What it was called then.")
            .required()
            .searched(Weight::Summary),
        localized(
            "acronym",
            "The acronym that goes with it; null where there is none.",
        )
        .searched(Weight::Summary),
        date(
            "from",
            "Since when it bears the name; null where no source says.",
        ),
        date("until", "Until when it bore the name; null while it does."),
        part_citations(),
    ])
}

fn succession() -> Type {
    Type::part(
        "PartySuccession",
        "party_succession",
        "That one party took the place of another, seen from either of them.",
    )
    .keyed(crate::model::PartKey::Reference("party"))
    .fields([
        enumeration(
            "kind",
            "SuccessionKind",
            None,
            "Whether the one was renamed, merged, split or took over duties.",
        )
        .required(),
        date(
            "on",
            "When the one took the other's place; null where no source says.",
        ),
        one(
            "party",
            "Party",
            "@.other_id",
            "The other party: in `predecessors` the one before, in `successors` the one after.",
        )
        .required()
        .stored_in("party", crate::model::Stored::Reference("Party"))
        .stored_as("predecessor"),
        part_citations(),
    ])
}
