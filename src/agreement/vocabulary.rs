//! The words of treaty and funding practice that agreements are described with.

use crate::model::Enum;

/// The enumerations declared here.
pub static ENUMS: &[Enum] = &[
    Enum {
        name: "AgreementKind",
        doc: "What sort of instrument an agreement is.",
        values: &[
            (
                "JOINT_DECLARATION",
                "A declaration that its parties make together.",
            ),
            ("TREATY", "An agreement governed by international law."),
            ("PROTOCOL", "An instrument that completes another one."),
            ("AMENDMENT", "An instrument that changes another one."),
            ("MEMORANDUM", "A memorandum of understanding."),
            (
                "PARTNERSHIP_AGREEMENT",
                "An agreement to work together on a project.",
            ),
            (
                "ADMINISTRATIVE_AGREEMENT",
                "An agreement between administrations within their own powers.",
            ),
            (
                "SPECIFIC_AGREEMENT",
                "In Québec, an « entente spécifique » that adapts a government's action to a region.",
            ),
            ("FUNDING_AGREEMENT", "An agreement whose object is money."),
            (
                "COMMUNIQUE",
                "A communiqué by which its parties take a position together.",
            ),
            ("RESOLUTION", "A resolution of a body."),
            ("REGULATION", "A regulation."),
            (
                "ACTION_PLAN",
                "A plan of action that its author commits itself to.",
            ),
            ("MEETING", "A meeting or forum that others refer to."),
            ("MEETING_DECISION", "What a meeting decided."),
            ("OTHER", "None of these."),
        ],
    },
    Enum {
        name: "AgreementStatus",
        doc: "How far an agreement has come.",
        values: &[
            ("INTENDED", "It is wished for or planned, not concluded."),
            (
                "ANNOUNCED",
                "It has been made public; no source says that it was signed or adopted.",
            ),
            ("ADOPTED", "It has been adopted."),
            ("SIGNED", "It has been signed."),
            ("IN_FORCE", "It has effect."),
            ("COMPLETED", "What it set out to do is done."),
            (
                "PARTLY_COMPLETED",
                "It has ended, and a part of what it set out to do is done.",
            ),
            ("EXPIRED", "Its term is over."),
            ("TERMINATED", "It was ended before its term."),
            ("UNKNOWN", "No source says."),
        ],
    },
    Enum {
        name: "AgreementRelationKind",
        doc: "How an agreement relates to another record.",
        values: &[
            ("FOLLOWS", "It comes after the other and takes it further."),
            (
                "FOLLOWED_BY",
                "The other comes after it and takes it further.",
            ),
            ("REFERS_TO", "It mentions the other."),
            ("REFERRED_TO_BY", "The other mentions it."),
            ("IMPLEMENTS", "It carries out what the other decided."),
            ("IMPLEMENTED_BY", "The other carries out what it decided."),
            ("AMENDS", "It changes the other."),
            ("AMENDED_BY", "The other changes it."),
            ("SUPERSEDES", "It takes the other's place."),
            ("SUPERSEDED_BY", "The other takes its place."),
            ("PREPARES", "It is to make the other possible."),
            ("PREPARED_BY", "The other is to make it possible."),
        ],
    },
    Enum {
        name: "ProvisionKind",
        doc: "What the words are: an aim, a part of the project (volet), an obligation taken on, an intention or wish stated, a call on others, a principle or recital.",
        values: &[
            ("OBJECTIVE", "An aim."),
            ("COMPONENT", "A part of the project (volet)."),
            ("COMMITMENT", "An obligation taken on."),
            ("INTENTION", "An intention or wish stated."),
            ("CALL", "A call on others."),
            ("PRINCIPLE", "A principle or recital."),
        ],
    },
    Enum {
        name: "ProvisionOutcome",
        doc: "What came of a provision.",
        values: &[
            ("MET", "It was reached."),
            ("PARTLY_MET", "It was reached in part."),
            ("NOT_MET", "It was not reached."),
            ("UNKNOWN", "No source says."),
        ],
    },
    Enum {
        name: "SignatureCapacity",
        doc: "What a person did for an agreement.",
        values: &[
            ("SIGNED", "Signed it."),
            ("ADOPTED", "Took part in adopting it."),
            ("ANNOUNCED", "Announced it."),
            ("SPOKE", "Is quoted on it."),
            ("RESPONSIBLE", "Answers for carrying it out."),
        ],
    },
    Enum {
        name: "ContributionKind",
        doc: "What sort of contribution it is.",
        values: &[
            ("GRANT", "Money given for the project."),
            ("MATCH", "Money that a party adds to another's."),
            ("IN_KIND", "Work, premises or goods."),
            (
                "ENVELOPE",
                "Money set aside for a programme, from which others' grants are paid.",
            ),
        ],
    },
    Enum {
        name: "ContributionStage",
        doc: "How far a contribution has come; an amount in a concluded agreement is COMMITTED.",
        values: &[
            ("REQUESTED", "It was asked for."),
            (
                "ANNOUNCED",
                "It was made public, outside a concluded agreement.",
            ),
            ("COMMITTED", "It was promised in a concluded agreement."),
            ("PAID", "It was paid."),
            ("CANCELLED", "It was taken back."),
        ],
    },
    Enum {
        name: "AmountQualifier",
        doc: "How exact a figure is in its source: `de l'ordre de` is ABOUT, `plus de` is AT_LEAST.",
        values: &[
            ("EXACT", "The figure stands alone."),
            ("ABOUT", "The figure is approximate."),
            ("AT_LEAST", "The figure is a lower bound."),
            ("AT_MOST", "The figure is an upper bound."),
        ],
    },
];
