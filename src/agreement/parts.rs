//! What agreements, and in part programmes, consist of.

use crate::model::{
    Column, Link, PartKey, Type, Weight, boolean, column, connection, date, enumeration,
    enumerations, integer, localized, localized_list, money, one, part_citations, record_reference,
    reference, reference_list, string, value,
};

use super::themes;

pub(super) fn types() -> Vec<Type> {
    vec![
        status_entry(),
        provision(),
        signature(),
        contribution(),
        contributed_sum(),
        participation(),
        relation(),
    ]
}

fn status_entry() -> Type {
    Type::part(
        "AgreementStatusEntry",
        "agreement_status",
        "A step in an agreement's life: that it came to have a status.",
    )
    .fields([
        enumeration("status", "AgreementStatus", None, "What it came to be.").required(),
        date(
            "on",
            "Since when it has the status; null where no source says.",
        ),
        localized(
            "note",
            "What the source adds, in a sentence; null where it adds nothing.",
        ),
        part_citations(),
    ])
}

fn provision() -> Type {
    Type::node("Provision", "provision", "What an agreement or a programme says: an aim, a component, an obligation, an intention, a call or a principle.").fields([
        enumeration("kind", "ProvisionKind", None, "What the words are: an aim, an obligation, a call and so on.").required(),
        column("position", "Int!", "@.position", Column::Integer, "Its place among the record's provisions, counted from 1."),
        localized("text", "What it says, close to the source's own words.").required().searched(Weight::Detail),
        enumeration("outcome", "ProvisionOutcome", Some("UNKNOWN"), "What came of it; UNKNOWN where no source says."),
        localized("outcomeNote", "What the source says of its outcome; null where it says nothing."),
        reference_list("parties", "Party", "party", "provision_party", "provision_id", "party_id", "Whose it is, by name; empty where it is all the parties'."),
        themes("provision_theme", "provision_id"),
        one("agreement", "Agreement", "@.record_id", "The agreement that it belongs to; null for a programme's."),
        one("program", "Program", "@.record_id", "The programme that it belongs to; null for an agreement's."),
        connection("actions", Link::through("Action", "action", "action_provision", "provision_id", "action_id"), "What carries it out, newest first."),
        part_citations(),
    ])
}

fn signature() -> Type {
    Type::part(
        "Signature",
        "signature",
        "Who signed, adopted, announced, spoke or is responsible, in which offices, and for whom.",
    )
    .fields([
        enumeration(
            "capacity",
            "SignatureCapacity",
            None,
            "What the person did: sign, adopt, announce, speak, answer for it.",
        )
        .required(),
        string(
            "person",
            "The person's name. Null where the source gives only the office.",
        ),
        localized(
            "statement",
            "What the person is quoted as saying; null where nothing is quoted.",
        ),
        localized_list(
            "offices",
            "The offices in which the person did it, in the order of the source.",
        ),
        reference(
            "onBehalfOf",
            "Party",
            "The party for which the person did it; null where no source says.",
        ),
        date("on", "When the person did it; null where no source says."),
        localized(
            "place",
            "Where the person did it, in words; null where no source says.",
        ),
        part_citations(),
    ])
}

fn contribution() -> Type {
    Type::node(
        "Contribution",
        "contribution",
        "What one party gives, or is to give, for an agreement or a programme.",
    )
    .fields([
        enumeration(
            "kind",
            "ContributionKind",
            None,
            "Whether it is money given, money added to it, something else than money, or an envelope.",
        )
        .required(),
        enumeration(
            "stage",
            "ContributionStage",
            None,
            "Whether it was asked for, announced, promised, paid or taken back; an amount in a concluded agreement is COMMITTED.",
        )
        .required(),
        enumeration(
            "qualifier",
            "AmountQualifier",
            None,
            "How exact the figure is in its source.",
        )
        .required(),
        money("money", "How much, in which currency. Null where the source gives no figure, which is not zero."),
        reference("funder", "Party", "Who gives; null where no source says."),
        reference("recipient", "Party", "Who receives; null where no source says."),
        one(
            "agreement",
            "Agreement",
            "@.record_id",
            "The agreement that it is made for; null for an envelope of a programme.",
        ),
        // A programme's own envelope hangs on the programme itself; an agreement's contribution may be made under one.
        one(
            "program",
            "Program",
            "COALESCE(@.program_id, @.record_id)",
            "The programme that it is made under, or whose envelope it is; null where it is under none.",
        )
        .stored_in("program", crate::model::Stored::Reference("Program")),
        date("period", "The time that it is for, all of it; null where no source says."),
        integer(
            "durationMonths",
            "How many months it runs, where the source gives no end points; else null.",
        )
        .at_least(1.0),
        localized("note", "What the source adds, in a sentence; null where it adds nothing."),
        part_citations(),
    ])
}

fn contributed_sum() -> Type {
    Type::part("ContributedSum", "", "A sum of contributions in one currency. `approximate` where a part is ABOUT, AT_LEAST or AT_MOST.").fields([
        value("money", "Money", "@.money", "_amount::text", "What they come to.").required(),
        column("approximate", "Boolean!", "@.approximate", Column::Boolean, "Whether a part of it is ABOUT, AT_LEAST or AT_MOST: then write \"about\" before it."),
        column("count", "Int!", "@.count", Column::Integer, "How many contributions it is the sum of."),
    ])
}

fn participation() -> Type {
    Type::between(
        "AgreementParty",
        "agreement_party",
        "A party's part in an agreement.",
    )
    .keyed(PartKey::Reference("party"))
    .fields([
        reference("party", "Party", "The party.").required(),
        enumerations("roles", "PartyRole", "What it does in the agreement, most often one or two things; never empty.").required(),
        string("namedAs", "The party's name as this agreement prints it, with its spelling; null where it prints none of its own."),
        date("signedOn", "When this party signed; null where no source says that it did on a day of its own."),
        date("ratifiedOn", "When this party ratified; null where it did not, or no source says."),
        date("inForceOn", "Since when the agreement is in force for this party; null where no source says."),
        date("endedOn", "Until when the agreement was in force for this party; null while it is, or where no source says."),
        part_citations(),
    ])
}

fn relation() -> Type {
    Type::part(
        "AgreementRelation",
        "agreement_relation",
        "Seen from one agreement: `kind` reads from it to `record`, an agreement, programme or action. `realized: false` where the source only intends it.",
    )
    .fields([
        enumeration("kind", "AgreementRelationKind", None, "How the agreement relates to the record, read from the agreement: it FOLLOWS the record.").required(),
        enumeration("recordType", "RecordType", Some("AGREEMENT"), "The type of the record: AGREEMENT, PROGRAM or ACTION.").stored_as("target_type").write_only(),
        record_reference("record", "recordType", &["AGREEMENT", "PROGRAM", "ACTION"], "The other record: an agreement, a programme or an action.").required(),
        boolean("realized", true, "Whether it came about; false where the source only intends it."),
        localized("note", "What the source says of it; null where it says no more."),
        part_citations(),
    ])
}
