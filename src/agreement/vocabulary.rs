//! The words of treaty and funding practice that agreements are described with.

use crate::model::Enum;

/// The enumerations declared here.
pub static ENUMS: &[Enum] = &[
    Enum {
        name: "AgreementKind",
        doc: "What sort of instrument an agreement is. Where its title and its nature differ, its nature; OTHER only where nothing fits.",
        values: &[
            (
                "JOINT_DECLARATION",
                "A declaration that its parties make together and all sign or adopt.",
            ),
            (
                "TREATY",
                "An agreement between subjects of international law, governed by it.",
            ),
            (
                "PROTOCOL",
                "An instrument that completes another one and does not stand by itself.",
            ),
            (
                "AMENDMENT",
                "An instrument that changes the terms of another one: an « avenant ».",
            ),
            (
                "MEMORANDUM",
                "A memorandum of understanding: what the parties intend, mostly without obligations in law.",
            ),
            (
                "PARTNERSHIP_AGREEMENT",
                "An agreement to work together on a project, each with its means; where money is its object, FUNDING_AGREEMENT.",
            ),
            (
                "ADMINISTRATIVE_AGREEMENT",
                "An agreement that administrations conclude within their own powers, without a parliament.",
            ),
            (
                "SPECIFIC_AGREEMENT",
                "In Québec, an « entente spécifique » that adapts a government's action to a region.",
            ),
            (
                "FUNDING_AGREEMENT",
                "An agreement by which one party pays and another accounts for it.",
            ),
            (
                "COMMUNIQUE",
                "A communiqué by which its parties take a position together, as after a summit.",
            ),
            (
                "RESOLUTION",
                "A resolution that a council, an assembly or a conference adopts.",
            ),
            (
                "REGULATION",
                "Rules with the force of law that a government or an organisation of states lays down.",
            ),
            (
                "ACTION_PLAN",
                "A plan of action that its author commits itself to, whether or not others sign.",
            ),
            (
                "MEETING",
                "A meeting or forum that other agreements refer to as a step of its own.",
            ),
            (
                "MEETING_DECISION",
                "What a meeting decided, where no instrument of its own came of it.",
            ),
            (
                "OTHER",
                "None of these: the title and the summary say what it is.",
            ),
        ],
    },
    Enum {
        name: "AgreementStatus",
        doc: "How far an agreement has come, as far as sources say.",
        values: &[
            ("INTENDED", "It is wished for or planned, not concluded."),
            (
                "ANNOUNCED",
                "It has been made public; no source says that it was signed or adopted.",
            ),
            (
                "ADOPTED",
                "A body has adopted it; whether it has effect yet is not said.",
            ),
            (
                "SIGNED",
                "Its parties have signed it; whether it has effect yet is not said.",
            ),
            (
                "IN_FORCE",
                "It has effect: it has been signed or adopted, and its term runs.",
            ),
            (
                "COMPLETED",
                "It has ended, and what it set out to do is done.",
            ),
            (
                "PARTLY_COMPLETED",
                "It has ended, and a part of what it set out to do is done.",
            ),
            (
                "EXPIRED",
                "Its term is over; whether it did what it set out to do is not said.",
            ),
            (
                "TERMINATED",
                "A party or all of them ended it before its term.",
            ),
            ("UNKNOWN", "No source says how far it has come."),
        ],
    },
    Enum {
        name: "AgreementRelationKind",
        doc: "How an agreement relates to another record, read from the agreement. Each has a counterpart, which the other agreement shows.",
        values: &[
            ("FOLLOWS", "It comes after the other and takes it further."),
            (
                "FOLLOWED_BY",
                "The other comes after it and takes it further.",
            ),
            (
                "REFERS_TO",
                "It mentions the other, and no closer relation is said.",
            ),
            (
                "REFERRED_TO_BY",
                "The other mentions it, and no closer relation is said.",
            ),
            (
                "IMPLEMENTS",
                "It carries out what the other decided or announced.",
            ),
            (
                "IMPLEMENTED_BY",
                "The other carries out what it decided or announced.",
            ),
            (
                "AMENDS",
                "It changes the terms of the other, which goes on.",
            ),
            ("AMENDED_BY", "The other changes its terms, and it goes on."),
            (
                "SUPERSEDES",
                "It takes the other's place, which ends with it.",
            ),
            ("SUPERSEDED_BY", "The other takes its place, and it ends."),
            (
                "PREPARES",
                "It prepares the other: it is there so that the other can be concluded or done.",
            ),
            (
                "PREPARED_BY",
                "The other prepares it: it is there so that this one can be concluded or done.",
            ),
        ],
    },
    Enum {
        name: "ProvisionKind",
        doc: "What the words are: an aim, a part of the project (volet), an obligation taken on, an intention or wish stated, a call on others, a principle or recital.",
        values: &[
            ("OBJECTIVE", "An aim: what is to be reached, not how."),
            (
                "COMPONENT",
                "A part of the project (volet), by which the text divides it.",
            ),
            (
                "COMMITMENT",
                "An obligation taken on: the parties undertake, agree or decide to do it.",
            ),
            (
                "INTENTION",
                "An intention or wish stated, without an obligation: they intend, hope or consider.",
            ),
            (
                "CALL",
                "A call on others, who are no parties: they urge, invite or demand.",
            ),
            (
                "PRINCIPLE",
                "A principle or recital that the rest builds on: they recognise, recall or are convinced.",
            ),
        ],
    },
    Enum {
        name: "ProvisionOutcome",
        doc: "What came of a provision, as a source reports it.",
        values: &[
            ("MET", "It was reached, or carried out."),
            ("PARTLY_MET", "It was reached, or carried out, in part."),
            (
                "NOT_MET",
                "A source says that it was not reached, or not carried out.",
            ),
            ("UNKNOWN", "No source says what came of it."),
        ],
    },
    Enum {
        name: "SignatureCapacity",
        doc: "What a person did for an agreement, as a source names the person for it.",
        values: &[
            ("SIGNED", "Put a signature to it, for a party."),
            ("ADOPTED", "Took part in adopting it, where nobody signs."),
            ("ANNOUNCED", "Made it public, in person or in a statement."),
            ("SPOKE", "Is quoted on it: the words are in `statement`."),
            (
                "RESPONSIBLE",
                "Answers for carrying it out, as a minister or a head of project.",
            ),
        ],
    },
    Enum {
        name: "ContributionKind",
        doc: "What sort of contribution it is: by what is given, and for what.",
        values: &[
            (
                "GRANT",
                "Money given for what is agreed, by whoever funds it first or most.",
            ),
            (
                "MATCH",
                "Money that a party adds to another's, often as much as that: matched funding.",
            ),
            (
                "IN_KIND",
                "Work, premises or goods in place of money; `money` is their value, where a source gives one.",
            ),
            (
                "ENVELOPE",
                "Money set aside for a programme, from which grants are paid. Never added to these: it would count them twice.",
            ),
        ],
    },
    Enum {
        name: "ContributionStage",
        doc: "How far a contribution has come; an amount in a concluded agreement is COMMITTED.",
        values: &[
            (
                "REQUESTED",
                "It was asked for; no source says that it was granted.",
            ),
            (
                "ANNOUNCED",
                "It was made public, outside a concluded agreement: in a budget, a plan, a statement to the press.",
            ),
            (
                "COMMITTED",
                "It was promised in a concluded agreement; whether it was paid is not said.",
            ),
            ("PAID", "A source says that it was paid."),
            (
                "CANCELLED",
                "It was promised or announced, and then taken back.",
            ),
        ],
    },
    Enum {
        name: "AmountQualifier",
        doc: "How exact a figure is in its source: `de l'ordre de` is ABOUT, `plus de` is AT_LEAST.",
        values: &[
            (
                "EXACT",
                "The figure stands alone in its source, without such a word.",
            ),
            (
                "ABOUT",
                "The figure is approximate: `environ`, `de l'ordre de`, `about`.",
            ),
            (
                "AT_LEAST",
                "The figure is a lower bound: `plus de`, `au moins`, `over`.",
            ),
            (
                "AT_MOST",
                "The figure is an upper bound: `jusqu'à`, `au plus`, `up to`.",
            ),
        ],
    },
];
