//! What agreements are counted by on a search page, and what their money is summed by.

use crate::model::{
    Arg, Column, Field, GroupValue, Grouping, Groups, Link, Read, Type, column, list, localized,
    value,
};

/// The year of a day as ISO 8601 counts it: the year before 1 is 0.
macro_rules! year {
    ($day:literal) => {
        concat!(
            "(extract(year FROM ",
            $day,
            ")::integer + (extract(year FROM ",
            $day,
            ") < 0)::integer)"
        )
    };
}

/// The types of groups.
pub(super) fn types() -> Vec<Type> {
    let value_field = |doc| column("value", "String", "@.value", Column::Text, doc);
    let label = || {
        let mut field = localized(
            "label",
            "For people: the name, the year, or the words for the value.",
        );
        field.stored = None;
        field.ty.push('!');
        field
    };
    vec![
        Type::part("FacetCount", "", "How many agreements of a result fall into one group.").fields([
            value_field("The enumeration's value, the year, or the slug; null for those that have none. What the filter of the same kind takes."),
            label(),
            column("count", "Int!", "@.count", Column::Integer, "How many agreements. One that falls into several groups counts in each."),
        ]),
        Type::part(
            "FundingGroup",
            "",
            "What contributions of one group come to in one currency. An agreement with several programmes, regions or themes counts in full in each: do not \
             add groups up.",
        )
        .fields([
            value_field("The slug, or the year; null for what has none."),
            label(),
            value("money", "Money", "@.money", "_amount::text", "The sum, in one currency: currencies are never added up.").required(),
            column("count", "Int!", "@.count", Column::Integer, "How many contributions it is the sum of."),
            column("approximate", "Boolean!", "@.approximate", Column::Boolean, "True where a part of the sum is ABOUT, AT_LEAST or AT_MOST."),
        ]),
    ]
}

fn programs() -> Grouping {
    Grouping {
        name: "PROGRAM",
        doc: "By programme: those that the agreement is concluded under.",
        join: " LEFT JOIN agreement_program g ON g.agreement_id = t.id",
        key: "g.program_id",
        value: GroupValue::Record("program"),
        none: [
            "Sans programme",
            "No programme",
            "Sin programa",
            "Sem programa",
        ],
        filter: Some("programs"),
    }
}

fn regions() -> Grouping {
    Grouping {
        name: "REGION",
        doc: "By region: those that the agreement names, not those that they lie in.",
        join: " LEFT JOIN agreement_region g ON g.agreement_id = t.id",
        key: "g.region_id",
        value: GroupValue::Record("region"),
        none: ["Sans région", "No region", "Sin región", "Sem região"],
        filter: Some("region"),
    }
}

fn themes() -> Grouping {
    Grouping {
        name: "THEME",
        doc: "By theme: those of the agreement itself.",
        join: " LEFT JOIN agreement_theme g ON g.agreement_id = t.id",
        key: "g.theme_id",
        value: GroupValue::Record("theme"),
        none: ["Sans thème", "No theme", "Sin tema", "Sem tema"],
        filter: Some("themes"),
    }
}

/// What agreements are counted by.
pub(super) fn facets() -> Groups {
    Groups {
        name: "AgreementFacet",
        doc: "What the agreements of a result can be counted by, for the filters of a search page.",
        group: "FacetCount",
        by: vec![
            Grouping {
                name: "KIND",
                doc: "By kind of instrument.",
                join: "",
                key: "t.kind",
                value: GroupValue::Words(KINDS),
                none: ["", "", "", ""],
                filter: Some("kinds"),
            },
            Grouping {
                name: "STATUS",
                doc: "By current status.",
                join: "",
                key: "t.status",
                value: GroupValue::Words(STATUSES),
                none: ["", "", "", ""],
                filter: Some("statuses"),
            },
            Grouping {
                name: "YEAR",
                doc: "By year of the date that DATE orders by: that of its first day, else of its last. An approximate date counts in one year.",
                join: "",
                key: year!("t.sort_date"),
                value: GroupValue::Key,
                none: ["Sans date", "No date", "Sin fecha", "Sem data"],
                filter: Some("date"),
            },
            programs(),
            regions(),
            Grouping {
                name: "PARTY",
                doc: "By party, whatever its role.",
                join: " LEFT JOIN agreement_party g ON g.agreement_id = t.id",
                key: "g.party_id",
                value: GroupValue::Record("party"),
                none: ["Sans partie", "No party", "Sin parte", "Sem parte"],
                filter: Some("party"),
            },
            themes(),
        ],
        sums: "count(*)::integer AS count",
        apart: "",
        order: "t.count DESC, t.value COLLATE \"C\"",
    }
}

/// The root field that sums contributions.
pub fn funding() -> Field {
    let contributions = Link {
        from: "agreement t JOIN contribution c ON c.record_id = t.id AND c.stage IN ('COMMITTED', 'PAID') AND c.kind <> 'ENVELOPE' AND c.money_amount IS NOT NULL".to_owned(),
        ..Link::to("Agreement", "agreement", "")
    };
    let groups = Groups {
        name: "FundingDimension",
        doc: "What contributions can be summed by.",
        group: "FundingGroup",
        by: vec![
            programs(),
            regions(),
            Grouping {
                name: "FUNDER",
                doc: "By the party that gives.",
                join: "",
                key: "c.funder_id",
                value: GroupValue::Record("party"),
                none: [
                    "Sans bailleur de fonds",
                    "No funder",
                    "Sin financiador",
                    "Sem financiador",
                ],
                filter: None,
            },
            Grouping {
                name: "RECIPIENT",
                doc: "By the party that receives.",
                join: "",
                key: "c.recipient_id",
                value: GroupValue::Record("party"),
                none: [
                    "Sans bénéficiaire",
                    "No recipient",
                    "Sin beneficiario",
                    "Sem beneficiário",
                ],
                filter: None,
            },
            Grouping {
                name: "YEAR",
                doc: "By the year of the first day of the contribution's `period`, else of its last; where it has none, by that of the agreement's date.",
                join: "",
                key: year!("coalesce(c.period_earliest, c.period_latest, t.sort_date)"),
                value: GroupValue::Key,
                none: ["Sans date", "No date", "Sin fecha", "Sem data"],
                filter: None,
            },
            themes(),
        ],
        sums: "sum(c.money_amount) AS money_amount, c.money_currency AS money_currency, count(*)::integer AS count, bool_or(c.qualifier <> 'EXACT') AS approximate",
        apart: "c.money_currency",
        order: "t.money_amount DESC, t.money_currency, t.value COLLATE \"C\"",
    };
    Field {
        read: Some(Read::Groups {
            link: contributions,
            groups,
        }),
        ..list(
            "funding",
            Link::to("FundingGroup", "", ""),
            "Contributions (COMMITTED or PAID, no ENVELOPE) summed over the agreements that `filter` keeps, a row per group and currency, largest first. An agreement \
             with several programmes, regions or themes counts in full in each: do not add groups up. REGION is as linked, not rolled up. YEAR is that of the \
             contribution's `period`, else of the agreement's date.",
        )
    }
    .filtered()
    .arg(Arg::new("by", "FundingDimension!", "What the groups are."))
    .arg(Arg::new("first", "Int", "How many groups, 1 to 1,000: the largest sums.").or(100))
}

/// What people read for the kinds, in French, English, Spanish and Portuguese.
const KINDS: &[(&str, [&str; 4])] = &[
    (
        "JOINT_DECLARATION",
        [
            "Déclaration conjointe",
            "Joint declaration",
            "Declaración conjunta",
            "Declaração conjunta",
        ],
    ),
    ("TREATY", ["Traité", "Treaty", "Tratado", "Tratado"]),
    (
        "PROTOCOL",
        ["Protocole", "Protocol", "Protocolo", "Protocolo"],
    ),
    ("AMENDMENT", ["Avenant", "Amendment", "Enmienda", "Emenda"]),
    (
        "MEMORANDUM",
        [
            "Mémorandum d’entente",
            "Memorandum of understanding",
            "Memorando de entendimiento",
            "Memorando de entendimento",
        ],
    ),
    (
        "PARTNERSHIP_AGREEMENT",
        [
            "Accord de partenariat",
            "Partnership agreement",
            "Acuerdo de colaboración",
            "Acordo de parceria",
        ],
    ),
    (
        "ADMINISTRATIVE_AGREEMENT",
        [
            "Entente administrative",
            "Administrative agreement",
            "Acuerdo administrativo",
            "Acordo administrativo",
        ],
    ),
    (
        "SPECIFIC_AGREEMENT",
        [
            "Entente spécifique",
            "Specific agreement",
            "Acuerdo específico",
            "Acordo específico",
        ],
    ),
    (
        "FUNDING_AGREEMENT",
        [
            "Convention de financement",
            "Funding agreement",
            "Acuerdo de financiación",
            "Acordo de financiamento",
        ],
    ),
    (
        "COMMUNIQUE",
        ["Communiqué", "Communiqué", "Comunicado", "Comunicado"],
    ),
    (
        "RESOLUTION",
        ["Résolution", "Resolution", "Resolución", "Resolução"],
    ),
    (
        "REGULATION",
        ["Règlement", "Regulation", "Reglamento", "Regulamento"],
    ),
    (
        "ACTION_PLAN",
        [
            "Plan d’action",
            "Action plan",
            "Plan de acción",
            "Plano de ação",
        ],
    ),
    ("MEETING", ["Rencontre", "Meeting", "Reunión", "Reunião"]),
    (
        "MEETING_DECISION",
        [
            "Décision d’une rencontre",
            "Meeting decision",
            "Decisión de una reunión",
            "Decisão de uma reunião",
        ],
    ),
    ("OTHER", ["Autre", "Other", "Otro", "Outro"]),
];

/// What people read for the statuses, in French, English, Spanish and Portuguese.
const STATUSES: &[(&str, [&str; 4])] = &[
    (
        "INTENDED",
        ["Envisagée", "Intended", "Prevista", "Prevista"],
    ),
    (
        "ANNOUNCED",
        ["Annoncée", "Announced", "Anunciada", "Anunciada"],
    ),
    ("ADOPTED", ["Adoptée", "Adopted", "Adoptada", "Adotada"]),
    ("SIGNED", ["Signée", "Signed", "Firmada", "Assinada"]),
    (
        "IN_FORCE",
        ["En vigueur", "In force", "En vigor", "Em vigor"],
    ),
    (
        "COMPLETED",
        ["Réalisée", "Completed", "Cumplida", "Cumprida"],
    ),
    (
        "PARTLY_COMPLETED",
        [
            "Réalisée en partie",
            "Partly completed",
            "Cumplida en parte",
            "Cumprida em parte",
        ],
    ),
    ("EXPIRED", ["Échue", "Expired", "Vencida", "Expirada"]),
    (
        "TERMINATED",
        ["Résiliée", "Terminated", "Rescindida", "Rescindida"],
    ),
    (
        "UNKNOWN",
        ["Inconnu", "Unknown", "Desconocido", "Desconhecido"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_words() {
        for (name, words) in [("AgreementKind", KINDS), ("AgreementStatus", STATUSES)] {
            let vocabulary = super::super::ENUMS
                .iter()
                .find(|vocabulary| vocabulary.name == name);
            let values: Vec<_> = vocabulary
                .into_iter()
                .flat_map(|vocabulary| vocabulary.values)
                .map(|(value, _)| *value)
                .collect();
            let named: Vec<_> = words.iter().map(|(value, _)| *value).collect();
            assert_eq!(named, values, "{name}");
        }
    }
}
