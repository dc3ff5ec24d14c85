//! Programmes: standing schemes under which agreements are concluded and actions funded.

use crate::agreement::{provisions, themes};
use crate::model::{
    DATED, Enum, Filter, Link, Record, Rules, Type, Weight, connection, date, enumeration,
    enumerations, list, localized, parts, reference, references, url,
};
use crate::{party, region};

/// The enumerations declared here.
pub static ENUMS: &[Enum] = &[Enum {
    name: "ProgramStatus",
    doc: "Whether a programme takes new projects.",
    values: &[
        ("PLANNED", "It is announced, and takes no projects yet."),
        ("OPEN", "It is in force and takes projects."),
        ("CLOSED", "It has ended, or takes no new projects."),
        ("UNKNOWN", "No source says whether it takes any."),
    ],
}];

/// What is declared here.
pub fn types() -> Vec<Type> {
    vec![
        Type::record_type(
            "Program",
            "program",
            Record { tag: "PROGRAM", one: "program", many: "programs", label: "name", dated: false, logged: true },
            "A standing scheme under which agreements are concluded and actions funded.",
        )
        .rules(Rules {
            check: vec![
                "WITH RECURSIVE up(id, parent_id) AS (
                     SELECT id, parent_id FROM program WHERE parent_id IS NOT NULL
                     UNION SELECT up.id, program.parent_id FROM up JOIN program ON program.id = up.parent_id WHERE program.parent_id IS NOT NULL
                 )
                 SELECT program.slug, 'parent', 'This programme would be a strand of itself: choose one that is not a strand of it.'
                 FROM program JOIN up ON up.id = program.id AND up.parent_id = program.id",
            ],
            ..Rules::default()
        })
        .filters([
            Filter::new("statuses", "[ProgramStatus!]", "Those with one of these statuses.", "@.status = ANY($arg::text[])"),
            Filter::slugs("themes", "Those with one of these themes, by slug.", "theme", "program_theme", "program_id", "theme_id"),
            Filter::new(
                "eligibleKinds",
                "[PartyKind!]",
                "Those whose support parties of one of these kinds can ask for, by a source.",
                "@.eligible_kinds && $arg::text[]",
            ),
            Filter::new("responsible", "PartyMatch", "Those that one of these parties answers for.", format!("@.responsible_id IN ({})", party::MATCHED)).without("roles"),
            Filter::new(
                "region",
                "RegionMatch",
                "Those that are for one of these regions.",
                format!("@.id IN (SELECT j.program_id FROM program_region j WHERE j.region_id IN ({}))", region::MATCHED),
            ),
        ])
        .fields([
            localized("name", "What it is called, in full.").required().searched(Weight::Title),
            localized("acronym", "The letters that it goes by for short; null where it has none.").searched(Weight::Title),
            localized("summary", "What it is for, in a few sentences of the registry's own.").searched(Weight::Summary),
            enumeration("status", "ProgramStatus", None, "Whether it takes new projects.").required(),
            date("startsOn", "The first day of the programme; null where no source says."),
            date("endsOn", "The last day of the programme; null where it has no end, or no source says."),
            url("website", "The address of its own page."),
            localized("eligibility", "Who can ask for its support, in words; null where no source says.").searched(Weight::Detail),
            enumerations("eligibleKinds", "PartyKind", "Which kinds of parties can ask for its support; empty where no source says."),
            reference("responsible", "Party", "The party that answers for it, mostly a ministry; null where no source says."),
            reference("parent", "Program", "The programme that this is a strand (volet) of; null where it stands by itself."),
            list("strands", Link::to("Program", "program", "t.parent_id = $owner"), "The strands (volets) that it consists of, by name."),
            themes("program_theme", "program_id"),
            provisions(),
            parts("contributions", "Contribution", "contribution", "record_id", "Envelopes announced for the programme itself; what its agreements are given is theirs."),
            connection(
                "agreements",
                Link::through("Agreement", "agreement", "agreement_program", "program_id", "agreement_id").carrying(DATED),
                "The agreements concluded under it, newest first.",
            )
            .filtered(),
            references("regions", "Region", "region", "program_region", "program_id", "region_id", "The regions that it is for, by name; empty where no source names any."),
            connection(
                "actions",
                Link::through("Action", "action", "action_program", "program_id", "action_id").carrying(DATED),
                "What is or was done under it, newest first.",
            )
            .filtered(),
            connection(
                "parties",
                Link::to(
                    "Party",
                    "party",
                    "t.id IN (SELECT p.party_id FROM agreement_program g JOIN agreement_party p USING (agreement_id) WHERE g.program_id = $owner)",
                ),
                "The parties of its agreements, each once, by name.",
            )
            .filtered(),
        ]),
    ]
}
