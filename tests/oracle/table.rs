//! What each field of each type is: SQL over the row that the object stands for.
//!
//! In it `$id` is the row's identity, `$from` that of the record that it is seen from, `$prefix` the prefix of a date's
//! columns; `$roles`, `$line` and `$within` are what the list's own arguments choose.

/// How a field is read.
pub enum How {
    /// An expression over the row `t`.
    Column(&'static str),
    /// A day.
    Day(&'static str),
    /// A moment.
    Moment(&'static str),
    /// A text per language; a list of texts per language.
    Text(&'static str),
    Texts(&'static str),
    /// The columns of an approximate date; null without one.
    Date(&'static str),
    /// The columns of an amount of money; null without one.
    Money(&'static str),
    /// A row of a type, by what gives its identity; null where its table has none of it.
    One(&'static str, &'static str),
    /// A record, by what gives its identity.
    Record(&'static str),
    /// Rows of a type, in the order of `FROM …`: what gives identities, and what follows.
    Rows(&'static str, &'static str, &'static str),
    /// The same, seen from `$id`.
    Seen(&'static str, &'static str, &'static str),
    /// Records, in their type's own order.
    Records(&'static str, &'static str),
    /// Pages of records, by what gives their identities, and those of the participations that lead to them (or null).
    Pages(&'static str, &'static str),
    /// What only this field does.
    Own,
}

/// The table of a type's rows.
pub fn table(ty: &str) -> Option<&'static str> {
    Some(match ty {
        "Party" => "party",
        "PartyName" => "party_name",
        "PartySuccession" => "party_succession",
        "Agreement" => "agreement",
        "AgreementStatusEntry" => "agreement_status",
        "AgreementRelation" => "agreement_relation",
        "Provision" => "provision",
        "Signature" => "signature",
        "Contribution" => "contribution",
        "Program" => "program",
        "Region" => "region",
        "RegionCode" => "region_code",
        "Action" => "action",
        "Document" => "document",
        "Citation" => "citation",
        "RecordSource" => "source",
        "Theme" => "theme",
        "AgreementPartyEdge" | "PartyAgreementEdge" => "agreement_party",
        "ActionPartyEdge" | "PartyActionEdge" => "action_party",
        _ => return None,
    })
}

/// The type of records by its `RecordType`.
pub const RECORDS: [(&str, &str); 6] = [
    ("PARTY", "Party"),
    ("AGREEMENT", "Agreement"),
    ("PROGRAM", "Program"),
    ("REGION", "Region"),
    ("ACTION", "Action"),
    ("DOCUMENT", "Document"),
];

/// The types of what `node` looks up.
pub const NODES: [&str; 10] = [
    "Party",
    "Agreement",
    "Program",
    "Region",
    "Action",
    "Document",
    "Theme",
    "Provision",
    "Contribution",
    "Citation",
];

/// What random queries leave out: how search shows where a text matches has a reference of its own in `search.rs`, what a
/// client may ask for is of the moment (`rate_limit.rs`), and what is subscribed to is no query.
pub const LEFT_OUT: [(&str, &str); 14] = [
    ("SearchEdge", "highlights"),
    ("Highlight", "field"),
    ("Highlight", "fragments"),
    ("HighlightFragment", "text"),
    ("HighlightFragment", "matched"),
    ("Query", "viewer"),
    ("Viewer", "name"),
    ("Viewer", "role"),
    ("Viewer", "rateLimit"),
    ("RateLimit", "limit"),
    ("RateLimit", "cost"),
    ("RateLimit", "remaining"),
    ("RateLimit", "resetAt"),
    ("Subscription", "registryVersion"),
];

/// How a field of a type is read; none for what this does not know.
#[expect(
    clippy::match_same_arms,
    clippy::too_many_lines,
    reason = "a table: a row for each field"
)]
pub fn how(ty: &str, field: &str) -> Option<How> {
    use How::{
        Column, Date, Day, Moment, Money, One, Own, Pages, Record, Records, Rows, Seen, Text, Texts,
    };
    let is_record = RECORDS.iter().any(|(_, name)| *name == ty);
    Some(match (ty, field) {
        // What all records have.
        (ty, "id") if NODES.contains(&ty) => Own,
        (ty, "slug") if is_record || ty == "Theme" => Column("t.slug"),
        ("Party" | "Program" | "Region", "label" | "name") => Text("name"),
        ("Agreement" | "Action" | "Document", "label" | "title") => Text("title"),
        (_, "version") if is_record => Column("t.version"),
        (_, "createdAt") if is_record => Moment("t.created_at"),
        (_, "updatedAt") if is_record => Moment("t.updated_at"),
        (_, "originalLanguage") if is_record => Column("t.original_language"),
        (_, "translations" | "citations") if is_record => Own,
        (_, "sources") if is_record => Rows("RecordSource", "s.id", "FROM source s WHERE s.record_id = $id ORDER BY s.position, s.id"),
        // What all parts have that citations support.
        (
            "PartyName" | "PartySuccession" | "AgreementStatusEntry" | "AgreementRelation" | "Provision" | "Signature" | "Contribution"
            | "AgreementPartyEdge" | "PartyAgreementEdge" | "ActionPartyEdge",
            "citations",
        ) => Rows("Citation", "c.id", "FROM citation c WHERE c.part_id = $id ORDER BY c.position, c.id"),

        ("Party", "kind") => Column("t.kind"),
        ("Party", "acronym") => Text("acronym"),
        ("Party", "names") => Rows("PartyName", "n.id", "FROM party_name n WHERE n.party_id = $id ORDER BY n.position, n.id"),
        ("Party", "website") => Column("t.website"),
        ("Party", "parent") => One("Party", "SELECT parent_id FROM party WHERE id = $id"),
        ("Party", "children") => Pages("Party", "SELECT id, NULL::bigint FROM party WHERE parent_id = $id"),
        ("Party", "memberOf") => Pages("Party", "SELECT group_id, NULL::bigint FROM party_membership WHERE party_id = $id"),
        ("Party", "members") => Pages("Party", "SELECT party_id, NULL::bigint FROM party_membership WHERE group_id = $id"),
        ("Party", "predecessors") => Seen("PartySuccession", "s.id", "FROM party_succession s WHERE s.successor_id = $id ORDER BY s.position, s.id"),
        ("Party", "successors") => Seen("PartySuccession", "s.id", "FROM party_succession s WHERE s.predecessor_id = $id ORDER BY s.position, s.id"),
        ("Party", "regions") => Pages("Region", "SELECT region_id, NULL::bigint FROM party_region WHERE party_id = $id"),
        ("Party", "agreements") => Pages(
            "Agreement",
            "SELECT DISTINCT ON (j.agreement_id) j.agreement_id, j.id FROM agreement_party j WHERE j.party_id IN ($line) AND $roles \
             ORDER BY j.agreement_id, j.party_id <> $id, j.id",
        ),
        ("Party", "programs") => Pages(
            "Program",
            "SELECT g.program_id, NULL::bigint FROM agreement_program g, agreement_party p WHERE p.agreement_id = g.agreement_id AND p.party_id IN ($line) \
             UNION SELECT id, NULL FROM program WHERE responsible_id IN ($line)",
        ),
        ("Party", "actions") => Pages(
            "Action",
            "SELECT DISTINCT ON (j.action_id) j.action_id, j.id FROM action_party j WHERE j.party_id IN ($line) AND $roles \
             ORDER BY j.action_id, j.party_id <> $id, j.id",
        ),
        ("PartyName", "name") => Text("name"),
        ("PartyName", "acronym") => Text("acronym"),
        ("PartyName", "from") => Date("from"),
        ("PartyName", "until") => Date("until"),
        ("PartySuccession", "kind") => Column("t.kind"),
        ("PartySuccession", "on") => Date("on"),
        ("PartySuccession", "party") => One(
            "Party",
            "SELECT CASE WHEN successor_id = $from THEN predecessor_id ELSE successor_id END FROM party_succession WHERE id = $id",
        ),

        ("Agreement", "kind") => Column("t.kind"),
        ("Agreement", "summary") => Text("summary"),
        ("Agreement", "languages") => Column("t.languages"),
        ("Agreement", "status") => Column("(SELECT s.status FROM agreement_status s WHERE s.agreement_id = t.id ORDER BY s.position DESC LIMIT 1)"),
        ("Agreement", "statusHistory") => Rows("AgreementStatusEntry", "s.id", "FROM agreement_status s WHERE s.agreement_id = $id ORDER BY s.position, s.id"),
        ("Agreement", "signedOn") => Date("signed_on"),
        ("Agreement", "adoptedOn") => Date("adopted_on"),
        ("Agreement", "announcedOn") => Date("announced_on"),
        ("Agreement" | "Program", "startsOn") => Date("starts_on"),
        ("Agreement" | "Program", "endsOn") => Date("ends_on"),
        ("Agreement", "durationMonths") => Column("t.duration_months"),
        ("Agreement", "place") => Text("place"),
        ("Agreement", "themes") => Records("Theme", "SELECT theme_id FROM agreement_theme WHERE agreement_id = $id"),
        ("Agreement" | "Program", "provisions") => Own,
        ("Agreement", "signatures") => Rows("Signature", "s.id", "FROM signature s WHERE s.agreement_id = $id ORDER BY s.position, s.id"),
        ("Agreement" | "Program", "contributions") => Rows("Contribution", "c.id", "FROM contribution c WHERE c.record_id = $id ORDER BY c.position, c.id"),
        ("Agreement", "contributed") => Own,
        ("Agreement", "parties") => Pages("Party", "SELECT j.party_id, j.id FROM agreement_party j WHERE j.agreement_id = $id AND $roles"),
        ("Agreement", "programs") => Pages("Program", "SELECT program_id, NULL::bigint FROM agreement_program WHERE agreement_id = $id"),
        ("Agreement", "regions") => Pages("Region", "SELECT region_id, NULL::bigint FROM agreement_region WHERE agreement_id = $id"),
        ("Agreement", "actions") => Pages("Action", "SELECT action_id, NULL::bigint FROM action_agreement WHERE agreement_id = $id"),
        ("Agreement", "relations") => Own,
        ("Agreement", "documents") => Pages("Document", "SELECT document_id, NULL::bigint FROM agreement_document WHERE agreement_id = $id"),
        ("AgreementStatusEntry", "status") => Column("t.status"),
        ("AgreementStatusEntry", "on") => Date("on"),
        ("AgreementStatusEntry" | "AgreementRelation" | "Contribution", "note") => Text("note"),
        ("AgreementRelation", "kind") => Own,
        ("AgreementRelation", "record") => Record("SELECT CASE WHEN agreement_id = $from THEN target_id ELSE agreement_id END FROM agreement_relation WHERE id = $id"),
        ("AgreementRelation", "realized") => Column("t.realized"),

        ("Provision", "kind") => Column("t.kind"),
        ("Provision", "position") => Column("t.position"),
        ("Provision", "text") => Text("text"),
        ("Provision", "outcome") => Column("t.outcome"),
        ("Provision", "outcomeNote") => Text("outcome_note"),
        ("Provision", "parties") => Records("Party", "SELECT party_id FROM provision_party WHERE provision_id = $id"),
        ("Provision", "themes") => Records("Theme", "SELECT theme_id FROM provision_theme WHERE provision_id = $id"),
        ("Provision", "agreement") => One("Agreement", "SELECT record_id FROM provision WHERE id = $id"),
        ("Provision", "program") => One("Program", "SELECT record_id FROM provision WHERE id = $id"),
        ("Provision", "actions") => Pages("Action", "SELECT action_id, NULL::bigint FROM action_provision WHERE provision_id = $id"),

        ("Signature", "capacity") => Column("t.capacity"),
        ("Signature", "person") => Column("t.person"),
        ("Signature", "statement") => Text("statement"),
        ("Signature", "offices") => Texts("offices"),
        ("Signature", "onBehalfOf") => One("Party", "SELECT on_behalf_of_id FROM signature WHERE id = $id"),
        ("Signature", "on") => Date("on"),
        ("Signature", "place") => Text("place"),

        ("Contribution", "kind") => Column("t.kind"),
        ("Contribution", "stage") => Column("t.stage"),
        ("Contribution", "qualifier") => Column("t.qualifier"),
        ("Contribution", "money") => Money("money"),
        ("Contribution", "funder") => One("Party", "SELECT funder_id FROM contribution WHERE id = $id"),
        ("Contribution", "recipient") => One("Party", "SELECT recipient_id FROM contribution WHERE id = $id"),
        ("Contribution", "agreement") => One("Agreement", "SELECT record_id FROM contribution WHERE id = $id"),
        ("Contribution", "program") => One(
            "Program",
            "SELECT CASE WHEN program_id IS NOT NULL THEN program_id ELSE record_id END FROM contribution WHERE id = $id",
        ),
        ("Contribution", "period") => Date("period"),
        ("Contribution", "durationMonths") => Column("t.duration_months"),

        ("Program", "acronym") => Text("acronym"),
        ("Program", "summary") => Text("summary"),
        ("Program", "status") => Column("t.status"),
        ("Program", "website") => Column("t.website"),
        ("Program", "eligibility") => Text("eligibility"),
        ("Program", "eligibleKinds") => Column("t.eligible_kinds"),
        ("Program", "responsible") => One("Party", "SELECT responsible_id FROM program WHERE id = $id"),
        ("Program", "parent") => One("Program", "SELECT parent_id FROM program WHERE id = $id"),
        ("Program", "strands") => Records("Program", "SELECT id FROM program WHERE parent_id = $id"),
        ("Program", "themes") => Records("Theme", "SELECT theme_id FROM program_theme WHERE program_id = $id"),
        ("Program", "agreements") => Pages("Agreement", "SELECT agreement_id, NULL::bigint FROM agreement_program WHERE program_id = $id"),
        ("Program", "regions") => Pages("Region", "SELECT region_id, NULL::bigint FROM program_region WHERE program_id = $id"),
        ("Program", "actions") => Pages("Action", "SELECT action_id, NULL::bigint FROM action_program WHERE program_id = $id"),
        ("Program", "parties") => Pages(
            "Party",
            "SELECT DISTINCT p.party_id, NULL::bigint FROM agreement_program g JOIN agreement_party p USING (agreement_id) WHERE g.program_id = $id",
        ),

        ("Region", "kind") => Column("t.kind"),
        ("Region", "codes") => Rows("RegionCode", "c.id", "FROM region_code c WHERE c.region_id = $id ORDER BY c.position, c.id"),
        ("Region", "parent") => One("Region", "SELECT parent_id FROM region WHERE id = $id"),
        ("Region", "ancestors") => Rows(
            "Region",
            "u.parent_id",
            "FROM (WITH RECURSIVE up(parent_id, steps) AS (
                 SELECT parent_id, 1 FROM region WHERE id = $id
                 UNION ALL SELECT r.parent_id, up.steps + 1 FROM up JOIN region r ON r.id = up.parent_id
             ) SELECT parent_id, steps FROM up WHERE parent_id IS NOT NULL) u ORDER BY u.steps DESC",
        ),
        ("Region", "children") => Pages("Region", "SELECT id, NULL::bigint FROM region WHERE parent_id = $id"),
        ("Region", "members") => Pages("Region", "SELECT region_id, NULL::bigint FROM region_membership WHERE group_id = $id"),
        ("Region", "memberOf") => Pages("Region", "SELECT group_id, NULL::bigint FROM region_membership WHERE region_id = $id"),
        ("Region", "latitude") => Column("t.latitude"),
        ("Region", "longitude") => Column("t.longitude"),
        ("Region", "population") => Column("t.population"),
        ("Region", "agreements") => Pages("Agreement", "SELECT DISTINCT agreement_id, NULL::bigint FROM agreement_region WHERE region_id IN ($within)"),
        ("Region", "programs") => Pages("Program", "SELECT DISTINCT program_id, NULL::bigint FROM program_region WHERE region_id IN ($within)"),
        ("Region", "actions") => Pages("Action", "SELECT DISTINCT action_id, NULL::bigint FROM action_region WHERE region_id IN ($within)"),
        ("Region", "parties") => Pages("Party", "SELECT DISTINCT party_id, NULL::bigint FROM party_region WHERE region_id IN ($within)"),
        ("RegionCode", "scheme") => Column("t.scheme"),
        ("RegionCode", "value") => Column("t.value"),

        ("Action", "kind") => Column("t.kind"),
        ("Action", "summary") => Text("summary"),
        ("Action", "status") => Column("t.status"),
        ("Action", "outcome") => Text("outcome"),
        ("Action", "place") => Text("place"),
        ("Action", "occurrences") => Own,
        ("Action", "period") => Date("period"),
        ("Action", "partOf") => One("Action", "SELECT part_of_id FROM action WHERE id = $id"),
        ("Action", "parts") => Records("Action", "SELECT id FROM action WHERE part_of_id = $id"),
        ("Action", "themes") => Records("Theme", "SELECT theme_id FROM action_theme WHERE action_id = $id"),
        ("Action", "agreements") => Pages("Agreement", "SELECT agreement_id, NULL::bigint FROM action_agreement WHERE action_id = $id"),
        ("Action", "programs") => Pages("Program", "SELECT program_id, NULL::bigint FROM action_program WHERE action_id = $id"),
        ("Action", "provisions") => Rows(
            "Provision",
            "p.id",
            "FROM provision p WHERE p.id IN (SELECT provision_id FROM action_provision WHERE action_id = $id) ORDER BY p.position, p.id",
        ),
        ("Action", "parties") => Pages("Party", "SELECT j.party_id, j.id FROM action_party j WHERE j.action_id = $id AND $roles"),
        ("Action", "regions") => Pages("Region", "SELECT region_id, NULL::bigint FROM action_region WHERE action_id = $id"),

        ("Document", "language") => Column("t.language"),
        ("Document", "publisher") => One("Party", "SELECT publisher_id FROM document WHERE id = $id"),
        ("Document", "publishedOn") => Date("published_on"),
        ("Document", "url") => Column("t.url"),
        ("Document", "text") => Own,
        ("Document", "sha256") => Column("encode(sha256(convert_to(t.text, 'UTF8')), 'hex')"),
        ("Document", "passages") => Pages("Citation", "SELECT id, NULL::bigint FROM citation WHERE document_id = $id"),
        ("Citation", "record") => Record("SELECT record_id FROM citation WHERE id = $id"),
        ("Citation", "field") => Column("t.field"),
        ("Citation", "document") => One("Document", "SELECT document_id FROM citation WHERE id = $id"),
        ("Citation", "exact") => Column("t.exact"),
        ("Citation", "prefix") => Column("t.prefix"),
        ("Citation", "suffix") => Column("t.suffix"),
        ("Citation", "start") => Column("t.start_at"),
        ("Citation", "end") => Column("t.end_at"),
        ("RecordSource", "field") => Column("t.field"),
        ("RecordSource", "name") => Column("t.name"),
        ("RecordSource", "identifier") => Column("t.identifier"),
        ("RecordSource", "url") => Column("t.url"),
        ("RecordSource", "license") => Column("t.license"),

        ("Theme", "name") => Text("name"),
        ("Theme", "description") => Text("description"),
        ("Theme", "compactObjectives") => Column("t.compact_objectives"),

        ("AgreementPartyEdge" | "PartyAgreementEdge" | "ActionPartyEdge" | "PartyActionEdge", "roles") => Column("t.roles"),
        ("AgreementPartyEdge" | "PartyAgreementEdge" | "ActionPartyEdge" | "PartyActionEdge", "namedAs") => Column("t.named_as"),
        ("AgreementPartyEdge" | "PartyAgreementEdge", "signedOn") => Date("signed_on"),
        ("AgreementPartyEdge" | "PartyAgreementEdge", "ratifiedOn") => Date("ratified_on"),
        ("AgreementPartyEdge" | "PartyAgreementEdge", "inForceOn") => Date("in_force_on"),
        ("AgreementPartyEdge" | "PartyAgreementEdge", "endedOn") => Date("ended_on"),

        ("ApproximateDate", "edtf") => Column("t.$prefix_edtf"),
        ("ApproximateDate", "earliest") => Day("t.$prefix_earliest"),
        ("ApproximateDate", "latest") => Day("t.$prefix_latest"),
        ("ApproximateDate", "asWritten") => Column("t.$prefix_as_written"),
        ("ApproximateDate", "label") => Own,

        // Known as soon as their object is.
        ("Money", "amount" | "currency")
        | ("Translation", "field" | "language" | "text")
        | ("ContributedSum", "money" | "approximate" | "count")
        | ("FacetCount", "value" | "label" | "count")
        | ("FundingGroup", "value" | "label" | "money" | "count" | "approximate")
        | ("PageInfo", "hasNextPage" | "hasPreviousPage" | "startCursor" | "endCursor")
        | ("SearchEdge", "score")
        | ("AgreementConnection" | "PartyAgreementConnection", "facets") => Own,
        ("Query", "node" | "nodes" | "themes" | "search" | "funding") => Own,
        ("Query", "party" | "agreement" | "program" | "region" | "action" | "document") => Own,
        ("Query", "parties") => Pages("Party", "SELECT id, NULL::bigint FROM party"),
        ("Query", "agreements") => Pages("Agreement", "SELECT id, NULL::bigint FROM agreement"),
        ("Query", "programs") => Pages("Program", "SELECT id, NULL::bigint FROM program"),
        ("Query", "regions") => Pages("Region", "SELECT id, NULL::bigint FROM region"),
        ("Query", "actions") => Pages("Action", "SELECT id, NULL::bigint FROM action"),
        ("Query", "documents") => Pages("Document", "SELECT id, NULL::bigint FROM document"),
        (connection, "edges" | "nodes" | "pageInfo" | "totalCount") if connection.ends_with("Connection") => Own,
        (edge, "cursor" | "node") if edge.ends_with("Edge") => Own,
        _ => return None,
    })
}
