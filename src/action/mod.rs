//! Actions: what is done, or to be done, under an agreement or a programme.

use serde_json::{Value, json};

use crate::agreement::themes;
use crate::model::{
    Arg, Content, Enum, Filter, Link, PartKey, Record, Rules, Type, Weight, date, dates, edges,
    enumeration, enumerations, list, localized, part_citations, reference, references, string,
    within,
};
use crate::values::{Day, Edtf};
use crate::{party, region};

/// The enumerations declared here.
pub static ENUMS: &[Enum] = &[
    Enum {
        name: "ActionKind",
        doc: "What sort of thing is done. OTHER only where nothing fits.",
        values: &[
            (
                "PROJECT",
                "A project with aims and components of its own, often over months; its steps can be its `parts`.",
            ),
            (
                "MEETING",
                "People come together to exchange or decide, once or on several days; for a standing table, CONSULTATION.",
            ),
            (
                "TRAINING",
                "A course or session in which people learn something.",
            ),
            (
                "PRESENTATION",
                "A talk, a stand or a campaign before an audience.",
            ),
            ("STUDY", "A study, survey or diagnosis, up to its report."),
            (
                "WORKING_GROUP",
                "A group that works on a mandate, or the setting up of one.",
            ),
            (
                "CONSULTATION",
                "A consultation of those concerned, or a standing table of partners.",
            ),
            (
                "SERVICE",
                "A service that persons, enterprises or communities can make use of for a time.",
            ),
            (
                "MEASURE",
                "A measure of policy or administration: a rule, a procedure, a budget, a new tool.",
            ),
            (
                "EXCHANGE",
                "An exchange of persons, practices or information between the parties.",
            ),
            (
                "OTHER",
                "None of these: the title and the summary say what it is.",
            ),
        ],
    },
    Enum {
        name: "ActionStatus",
        doc: "How far an action has come, as far as sources say.",
        values: &[
            (
                "PLANNED",
                "It is to be done, and no source says that it has begun.",
            ),
            (
                "UNDERWAY",
                "It has begun, and no source says that it is done.",
            ),
            ("COMPLETED", "It took place, or was done to the end."),
            ("ABANDONED", "It was planned or begun, and given up."),
            ("UNKNOWN", "No source says how far it has come."),
        ],
    },
    Enum {
        name: "ActionRole",
        doc: "What a party does in an action; one party can do several of these.",
        values: &[
            ("LEAD", "It leads the action, and answers for it."),
            ("PARTNER", "It carries the action out with others."),
            (
                "HOST",
                "The action takes place with it, or on its premises.",
            ),
            ("PARTICIPANT", "It takes part, without carrying it out."),
            (
                "TARGET",
                "The action is meant for it, or for those whom it stands for.",
            ),
        ],
    },
];

/// What is declared here.
pub fn types() -> Vec<Type> {
    vec![action(), participation()]
}

fn action() -> Type {
    Type::record_type(
        "Action",
        "action",
        Record { tag: "ACTION", one: "action", many: "actions", label: "title", dated: true, logged: true },
        "Something done, or to be done, under an agreement or a programme.",
    )
    .rules(Rules {
        content: vec![in_order],
        derive: vec![],
        check: vec![
            "WITH RECURSIVE up(id, whole_id) AS (
                 SELECT id, part_of_id FROM action WHERE part_of_id IS NOT NULL
                 UNION SELECT up.id, action.part_of_id FROM up JOIN action ON action.id = up.whole_id WHERE action.part_of_id IS NOT NULL
             )
             SELECT action.slug, 'partOf', 'This action would be a part of itself: choose one that is not a part of it.'
             FROM action JOIN up ON up.id = action.id AND up.whole_id = action.id",
        ],
    })
    .filters([
        Filter::new("kinds", "[ActionKind!]", "Those of one of these kinds.", "@.kind = ANY($arg::text[])"),
        Filter::new("statuses", "[ActionStatus!]", "Those with one of these statuses.", "@.status = ANY($arg::text[])"),
        Filter::slugs("themes", "Those with one of these themes, by slug.", "theme", "action_theme", "action_id", "theme_id"),
        Filter::new(
            "date",
            "DateRange",
            "Those of which an occurrence can fall within.",
            format!("@.id IN (SELECT j.action_id FROM action_occurrence j WHERE {})", within("j.occurs")),
        ),
        Filter::new(
            "party",
            "ActionPartyMatch",
            "Those in which one of these parties takes part.",
            format!("@.id IN (SELECT j.action_id FROM action_party j WHERE j.party_id IN ({}){{roles:  AND j.roles && $roles::text[]}})", party::MATCHED),
        ),
        Filter::new(
            "region",
            "RegionMatch",
            "Those that are for one of these regions.",
            format!("@.id IN (SELECT j.action_id FROM action_region j WHERE j.region_id IN ({}))", region::MATCHED),
        ),
        Filter::slugs("agreements", "Those done under one of these agreements, by slug.", "agreement", "action_agreement", "action_id", "agreement_id"),
        Filter::slugs("programs", "Those done under one of these programmes, by slug.", "program", "action_program", "action_id", "program_id"),
    ])
    .fields([
        enumeration("kind", "ActionKind", None, "What sort of thing is done: a meeting, a study, a service and so on.").required(),
        localized("title", "What it is called, after its source.").required().searched(Weight::Title),
        localized("summary", "What it is, in a few sentences of the registry's own.").searched(Weight::Summary),
        enumeration("status", "ActionStatus", None, "Whether it is planned, under way, done or given up.").required(),
        localized("outcome", "What came of it, in words; null where no source says.").searched(Weight::Detail),
        localized("place", "Where it takes place, in words; null where no source says."),
        dates(
            "occurrences",
            "action_occurrence",
            "action_id",
            "occurs",
            "t.occurs",
            "When it took place or is to: one entry per occurrence (22 May and 9 October 2014 are two), in order of time.",
        ),
        date("period", "From the first occurrence to the last; null where it has none with a date.").derived_by(period),
        reference("partOf", "Action", "The action that it is a part of (a table's first meeting is part of the table); null where it stands by itself."),
        list("parts", Link::to("Action", "action", "t.part_of_id = $owner"), "The actions that are parts of it, newest first."),
        themes("action_theme", "action_id"),
        references("agreements", "Agreement", "agreement", "action_agreement", "action_id", "agreement_id", "The agreements that it is done under, newest first."),
        references("programs", "Program", "program", "action_program", "action_id", "program_id", "The programmes that it is done under, by name."),
        crate::model::reference_list("provisions", "Provision", "provision", "action_provision", "action_id", "provision_id", "The provisions of agreements and programmes that it carries out."),
        edges(
            "parties",
            "ActionParty",
            Link::through("Party", "party", "action_party", "action_id", "party_id"),
            "ActionParty",
            &["roles", "namedAs", "citations"],
            "Who takes part in it, by name; what each does stands on the edge.",
        )
        .stored_in("parties", crate::model::Stored::Parts { part: "ActionParty", owner: "action_id" })
        .arg(Arg::keeping("roles", "[ActionRole!]", "Only those with one of these roles; an empty list keeps none.", "j.roles && $arg::text[]")),
        references("regions", "Region", "region", "action_region", "action_id", "region_id", "The regions that it is for, by name."),
    ])
}

/// Occurrences stand in the order of time: the period is read from the first and the last.
fn in_order(content: &Content, problems: &mut Vec<(String, String)>) {
    let occurrences = content.get("occurrences").and_then(Value::as_array);
    let mut before: Option<Day> = None;
    for (index, occurrence) in occurrences.into_iter().flatten().enumerate() {
        let edtf = occurrence["edtf"]
            .as_str()
            .and_then(|edtf| Edtf::parse(edtf).ok());
        let Some(start) = edtf.and_then(|edtf| edtf.earliest()) else {
            continue;
        };
        if before.is_some_and(|before| start < before) {
            problems.push((
                format!("occurrences[{index}]"),
                "this is earlier than the one before it; put them in the order of time".to_owned(),
            ));
        }
        before = Some(start);
    }
}

/// From the earliest start of its occurrences to their latest end. Nothing where neither is known.
fn period(content: &Content) -> Value {
    let occurrences: Vec<Edtf> = content
        .get("occurrences")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|occurrence| Edtf::parse(occurrence["edtf"].as_str()?).ok())
        .collect();
    let edtf = if let [only] = occurrences.as_slice() {
        only.clone()
    } else {
        // One whose start or end is open or unknown comes before, or after, all others.
        let first = occurrences.iter().min_by_key(|date| date.earliest());
        let last = occurrences
            .iter()
            .max_by_key(|date| (date.latest().is_none(), date.latest()));
        let (Some(first), Some(last)) = (first, last) else {
            return Value::Null;
        };
        let start = first.as_str().split('/').next().unwrap_or_default();
        let end = last.as_str().rsplit('/').next().unwrap_or_default();
        match Edtf::parse(&format!("{start}/{end}")) {
            Ok(period) => period,
            Err(_) => return Value::Null,
        }
    };
    let day = |day: Option<Day>| day.map(Day::to_postgres);
    json!({ "edtf": edtf.as_str(), "earliest": day(edtf.earliest()), "latest": day(edtf.latest()) })
}

fn participation() -> Type {
    Type::between(
        "ActionParty",
        "action_party",
        "A party's part in an action.",
    )
    .keyed(PartKey::Reference("party"))
    .fields([
        reference("party", "Party", "The party.").required(),
        enumerations("roles", "ActionRole", "What it does in the action, most often one thing; never empty.").required(),
        string("namedAs", "The party's name as the source prints it, with its spelling; null where it prints none of its own."),
        part_citations(),
    ])
}
