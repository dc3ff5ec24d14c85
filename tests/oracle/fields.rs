//! What each field of each type is: SQL over the row that the object stands for, in which `$id` is the row's identity.

use std::rc::Rc;

use entente::values::{Edtf, Language, label};
use serde_json::{Map, Value, json};

use crate::dates::iso;
use crate::execute::{Args, Executor, Refused, Resolved};
use crate::pages::Pages;
use crate::store::{among, quoted};

/// Something that has fields.
#[derive(Clone)]
pub struct Object {
    /// Its object type.
    pub ty: String,
    pub source: Source,
}

/// Where an object's fields are read from.
#[derive(Clone)]
pub enum Source {
    /// The query itself.
    Root,
    /// The row of this identity. `from` is the record that it is seen from, where it has two ends.
    Row {
        id: i64,
        from: i64,
    },
    /// The columns of an approximate date.
    Date {
        table: &'static str,
        id: i64,
        prefix: &'static str,
    },
    /// Values that are known already.
    Known(Rc<Map<String, Value>>),
    /// A page of a list, one of its edges, where it stands.
    Pages(Rc<Pages>),
    Edge(Rc<Pages>, usize),
    PageInfo(Rc<Pages>),
}

impl Object {
    /// The row of a type's table.
    pub fn row(ty: &str, id: i64) -> Self {
        Self {
            ty: ty.to_owned(),
            source: Source::Row { id, from: 0 },
        }
    }

    /// Values.
    pub fn known(ty: &str, values: Value) -> Self {
        let Value::Object(values) = values else {
            unreachable!("values have names");
        };
        Self {
            ty: ty.to_owned(),
            source: Source::Known(Rc::new(values)),
        }
    }
}

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

/// What random queries leave out: how search shows where a text matches has a reference of its own in `search.rs`.
pub const LEFT_OUT: [(&str, &str); 5] = [
    ("SearchEdge", "highlights"),
    ("Highlight", "field"),
    ("Highlight", "fragments"),
    ("HighlightFragment", "text"),
    ("HighlightFragment", "matched"),
];

/// How a field of a type is read; none for what this does not know.
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

impl Executor<'_> {
    /// The value of an object's field.
    pub fn resolve(&self, object: &Object, field: &str, args: &Args) -> Result<Resolved, Refused> {
        let ty = object.ty.as_str();
        let how = how(ty, field).unwrap_or_else(|| panic!("{ty}.{field} is not known here"));
        let (table, id, from, prefix) = match &object.source {
            Source::Root => ("", 0, 0, ""),
            Source::Row { id, from } => (table(ty).expect("rows have a table"), *id, *from, ""),
            Source::Date { table, id, prefix } => (*table, *id, 0, *prefix),
            Source::Known(values) => return Ok(self.known(ty, field, &values[field], args)),
            Source::Pages(pages) => return self.of_pages(pages, field, args),
            Source::Edge(pages, place) => match (field, pages.participation(*place)) {
                ("cursor" | "node" | "score", _) => return Ok(pages.of_edge(*place, field)),
                (_, Some(part)) => {
                    return self.resolve(&Object::row(ty, part), field, args);
                }
                (_, None) => unreachable!("{ty}.{field} is of no participation"),
            },
            Source::PageInfo(pages) => return Ok(pages.info(field)),
        };
        let fill = |sql: &str| {
            sql.replace("$id", &id.to_string())
                .replace("$from", &from.to_string())
                .replace("$prefix", prefix)
        };
        let row = format!("FROM {table} t WHERE t.id = {id}");
        let read = |column: &str| self.store.value(&fill(column), &row);
        Ok(match how {
            How::Column(column) => Resolved::Leaf(read(column)),
            How::Day(column) => Resolved::Leaf(self.day(&fill(column), &row)),
            How::Moment(column) => {
                let moment = read(&format!(
                    "to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
                ));
                let moment = moment.as_str().unwrap_or_default();
                let moment = moment.trim_end_matches('0').trim_end_matches('.');
                Resolved::Leaf(json!(format!("{moment}Z")))
            }
            How::Text(column) => {
                let texts = self
                    .store
                    .rows(&format!("t.{column}, t.original_language"), &row);
                Resolved::Leaf(self.text(&texts[0][0], &texts[0][1], args))
            }
            How::Texts(column) => {
                let texts = self
                    .store
                    .rows(&format!("t.{column}, t.original_language"), &row);
                match self.text(&texts[0][0], &texts[0][1], args) {
                    Value::Null => Resolved::Leaf(json!([])),
                    texts => Resolved::Leaf(texts),
                }
            }
            How::Date(prefix) => Resolved::Object(self.date(table, id, prefix)),
            How::Money(prefix) => {
                let columns = format!("t.{prefix}_amount::text, t.{prefix}_currency");
                let money = self.store.rows(&columns, &row);
                let money = &money[0];
                Resolved::Object((!money[0].is_null()).then(|| {
                    Object::known("Money", json!({ "amount": money[0], "currency": money[1] }))
                }))
            }
            How::One(target, key) => {
                let rest = format!(
                    "FROM {} t WHERE t.id = ({})",
                    self::table(target).expect("it has a table"),
                    fill(key)
                );
                let one = self.store.ids("t.id", &rest);
                Resolved::Object(one.first().map(|id| Object::row(target, *id)))
            }
            How::Record(key) => {
                let key = self
                    .store
                    .ids("x.id", &format!("FROM ({}) x(id)", fill(key)));
                Resolved::Object(key.first().map(|id| self.record(*id)))
            }
            How::Rows(target, key, rest) => self.rows(target, key, &fill(rest)),
            How::Seen(target, key, rest) => {
                let rows = self.store.ids(key, &fill(rest));
                let rows = rows.into_iter().map(|row| seen(target, row, id));
                Resolved::List(rows.collect())
            }
            How::Records(target, keys) => {
                let keys = format!("FROM ({}) x(id)", fill(keys));
                let keys = self.sorted(target, self.store.ids("x.id", &keys));
                let records = keys.into_iter().map(|id| Some(Object::row(target, id)));
                Resolved::List(records.collect())
            }
            How::Pages(target, keys) => {
                let keys = fill(&choice(keys, args));
                Resolved::Object(Some(self.pages((ty, field, id), target, &keys, args)?))
            }
            How::Own => self.own(object, field, args, id, from)?,
        })
    }

    fn rows(&self, target: &str, key: &str, rest: &str) -> Resolved {
        let rows = self.store.ids(key, rest).into_iter();
        Resolved::List(rows.map(|id| Some(Object::row(target, id))).collect())
    }

    /// A record of whatever type.
    pub fn record(&self, id: i64) -> Object {
        let tag = self
            .store
            .value("r.type", &format!("FROM record r WHERE r.id = {id}"));
        let ty = RECORDS.iter().find(|(known, _)| tag == *known);
        Object::row(ty.expect("a record has a type").1, id)
    }

    /// A localized text: in the language asked for, else that of the request; where it lacks that, the original.
    pub fn text(&self, texts: &Value, original: &Value, args: &Args) -> Value {
        let asked = args.get("language").and_then(Value::as_str);
        let asked = asked.or(self.language).map(|language| &texts[language]);
        let original = &texts[original.as_str().unwrap_or_default()];
        let text = asked.filter(|text| !text.is_null());
        text.unwrap_or(original).clone()
    }

    /// A day as ISO 8601 writes it, in which the year before 1 is 0.
    fn day(&self, column: &str, row: &str) -> Value {
        let part = |part: &str| format!("extract({part} FROM {column})::integer");
        let parts = [part("year"), part("month"), part("day")].join(", ");
        let parts = self.store.rows(&parts, row);
        let number = |place: usize| parts[0][place].as_i64();
        let Some(year) = number(0) else {
            return Value::Null;
        };
        let year = if year < 0 { year + 1 } else { year };
        let small = |place: usize| {
            let number = number(place).unwrap_or_default();
            u8::try_from(number).expect("months and days are small")
        };
        let year = i32::try_from(year).expect("years are small");
        json!(iso((year, small(1), small(2))))
    }

    fn date(&self, table: &'static str, id: i64, prefix: &'static str) -> Option<Object> {
        let row = format!("FROM {table} t WHERE t.id = {id}");
        let edtf = self.store.value(&format!("t.{prefix}_edtf"), &row);
        (!edtf.is_null()).then(|| Object {
            ty: "ApproximateDate".to_owned(),
            source: Source::Date { table, id, prefix },
        })
    }

    fn known(&self, ty: &str, field: &str, value: &Value, args: &Args) -> Resolved {
        match (field, value) {
            ("money", money) => Resolved::Object(Some(Object::known("Money", money.clone()))),
            ("label", label) if ty != "Money" => {
                Resolved::Leaf(match self.text(&label["texts"], &label["original"], args) {
                    // Words of the program's own, which stand in no table.
                    Value::Null => json!({ "any": "text" }),
                    text => text,
                })
            }
            (_, value) => Resolved::Leaf(value.clone()),
        }
    }

    fn own(
        &self,
        object: &Object,
        field: &str,
        args: &Args,
        id: i64,
        from: i64,
    ) -> Result<Resolved, Refused> {
        Ok(match (object.ty.as_str(), field) {
            (ty, "id") => {
                let id = self.store.value(
                    "rtrim(translate(encode(convert_to(x.name, 'UTF8'), 'base64'), '+/', '-_'), '=')",
                    &format!("FROM (SELECT '{ty}:{id}') x(name)"),
                );
                Resolved::Leaf(id)
            }
            (_, "citations") => {
                let rest = format!(
                    "FROM citation c WHERE c.record_id = {id} AND {} ORDER BY c.position, c.id",
                    below("c.field", args)
                );
                self.rows("Citation", "c.id", &rest)
            }
            (ty, "translations") => Resolved::List(self.translations(ty, id, args)),
            (_, "provisions") => {
                let kinds = within("p.kind", args);
                let rest = format!(
                    "FROM provision p WHERE p.record_id = {id} AND {kinds} ORDER BY p.position, p.id"
                );
                self.rows("Provision", "p.id", &rest)
            }
            (_, "contributed") => {
                let rest = format!(
                    "FROM contribution c WHERE c.record_id = {id} AND c.stage IN ('COMMITTED', 'PAID') AND c.kind <> 'ENVELOPE' \
                     AND c.money_amount IS NOT NULL GROUP BY c.money_currency ORDER BY c.money_currency"
                );
                let sums = self.store.rows(
                    "c.money_currency, sum(c.money_amount)::text, count(*), bool_or(c.qualifier <> 'EXACT')",
                    &rest,
                );
                let sums = sums.iter().map(|sum| {
                    let money = json!({ "currency": sum[0], "amount": sum[1] });
                    let sum = json!({ "money": money, "count": sum[2], "approximate": sum[3] });
                    Some(Object::known("ContributedSum", sum))
                });
                Resolved::List(sums.collect())
            }
            (_, "relations") => {
                let kinds = within("r.kind", args);
                let rest = format!(
                    "FROM (SELECT id, position, kind FROM agreement_relation WHERE agreement_id = {id}
                         UNION ALL SELECT id, position, {OPPOSITE} FROM agreement_relation WHERE target_id = {id}) r
                     WHERE {kinds} ORDER BY r.position, r.id"
                );
                let rows = self.store.ids("r.id", &rest).into_iter();
                let rows = rows.map(|row| seen("AgreementRelation", row, id));
                Resolved::List(rows.collect())
            }
            ("AgreementRelation", "kind") => Resolved::Leaf(self.store.value(
                &format!("CASE WHEN agreement_id = {from} THEN kind ELSE {OPPOSITE} END"),
                &format!("FROM agreement_relation WHERE id = {id}"),
            )),
            (_, "occurrences") => {
                let rest = format!(
                    "FROM action_occurrence o WHERE o.action_id = {id} ORDER BY o.position, o.id"
                );
                let rows = self.store.ids("o.id", &rest).into_iter();
                let dates = rows.map(|id| self.date("action_occurrence", id, "occurs"));
                Resolved::List(dates.collect())
            }
            (_, "text") => {
                let text = self
                    .store
                    .value("d.text", &format!("FROM document d WHERE d.id = {id}"));
                let text = text.as_str().expect("a document has a text").chars();
                let place = |name: &str| {
                    let place = args.get(name).and_then(Value::as_u64);
                    place.map(|place| usize::try_from(place).expect("it is small"))
                };
                let start = place("start").unwrap_or(0);
                let length = place("end").map_or(usize::MAX, |end| end - start);
                Resolved::Leaf(json!(text.skip(start).take(length).collect::<String>()))
            }
            // The words for dates have their own tests, beside `entente::values::label`.
            ("ApproximateDate", "label") => {
                let Resolved::Leaf(edtf) = self.resolve(object, "edtf", &Args::new())? else {
                    unreachable!("EDTF is a scalar");
                };
                let edtf = Edtf::parse(edtf.as_str().expect("EDTF is a text"));
                let language = args.get("language").and_then(Value::as_str);
                let language = language.or(self.language).and_then(Language::from_code);
                let edtf = edtf.expect("the registry holds EDTF");
                Resolved::Leaf(json!(label(&edtf, language.unwrap_or(Language::Fr))))
            }
            ("Query", field) => return self.root(field, args),
            (ty, field) => unreachable!("{ty}.{field}"),
        })
    }

    fn root(&self, field: &str, args: &Args) -> Result<Resolved, Refused> {
        let node = |id: &Value| {
            let id = quoted(id.as_str().unwrap_or_default());
            NODES.iter().find_map(|ty| {
                let table = table(ty).expect("it has a table");
                let named = "translate(rtrim(encode(convert_to(x.name, 'UTF8'), 'base64'), '='), '+/', '-_')";
                let rest = format!("FROM (SELECT t.id, '{ty}:' || t.id AS name FROM {table} t) x WHERE {named} = {id}");
                let found = self.store.ids("x.id", &rest);
                found.first().map(|id| Object::row(ty, *id))
            })
        };
        Ok(match field {
            "node" => Resolved::Object(node(&args["id"])),
            "nodes" => {
                let ids = args["ids"].as_array().expect("`ids` is a list");
                Resolved::List(ids.iter().map(node).collect())
            }
            "themes" => {
                let themes = self.sorted("Theme", self.store.ids("t.id", "FROM theme t"));
                let themes = themes.into_iter().map(|id| Some(Object::row("Theme", id)));
                Resolved::List(themes.collect())
            }
            "search" => Resolved::Object(Some(self.search(args)?)),
            "funding" => Resolved::List(self.funding(args)),
            one => {
                let slug = quoted(args["slug"].as_str().unwrap_or_default());
                let found = self
                    .store
                    .ids("t.id", &format!("FROM {one} t WHERE t.slug = {slug}"));
                let ty = RECORDS.iter().find(|(_, ty)| table(ty) == Some(one));
                let ty = ty.expect("it is a record's").1;
                Resolved::Object(found.first().map(|id| Object::row(ty, *id)))
            }
        })
    }
}

/// How a relation reads from its other end.
const OPPOSITE: &str = "CASE WHEN kind LIKE 'REFER%' THEN CASE kind WHEN 'REFERS_TO' THEN 'REFERRED_TO_BY' ELSE 'REFERS_TO' END \
    WHEN kind = 'FOLLOWS' THEN 'FOLLOWED_BY' WHEN kind = 'FOLLOWED_BY' THEN 'FOLLOWS' \
    WHEN kind = 'IMPLEMENTS' THEN 'IMPLEMENTED_BY' WHEN kind = 'IMPLEMENTED_BY' THEN 'IMPLEMENTS' \
    WHEN kind = 'AMENDS' THEN 'AMENDED_BY' WHEN kind = 'AMENDED_BY' THEN 'AMENDS' \
    WHEN kind = 'SUPERSEDES' THEN 'SUPERSEDED_BY' WHEN kind = 'SUPERSEDED_BY' THEN 'SUPERSEDES' \
    WHEN kind = 'PREPARES' THEN 'PREPARED_BY' WHEN kind = 'PREPARED_BY' THEN 'PREPARES' END";

fn seen(ty: &str, id: i64, from: i64) -> Option<Object> {
    Some(Object {
        ty: ty.to_owned(),
        source: Source::Row { id, from },
    })
}

/// Fills in what a list's own arguments choose: `$roles`, `$line`, `$within`.
fn choice(sql: &str, args: &Args) -> String {
    let roles = match args.get("roles") {
        Some(roles) => format!(
            "EXISTS (SELECT FROM unnest(j.roles) role WHERE role IN {})",
            among(roles)
        ),
        None => "true".to_owned(),
    };
    let line = if args.get("includeLineage") == Some(&json!(true)) {
        "SELECT $id UNION SELECT other_id FROM party_line WHERE party_id = $id"
    } else {
        "SELECT $id"
    };
    let within = if args.get("includeDescendants") == Some(&json!(false)) {
        "SELECT $id"
    } else {
        "SELECT region_id FROM region_ancestor WHERE ancestor_id = $id"
    };
    sql.replace("$roles", &roles)
        .replace("$line", line)
        .replace("$within", within)
}

/// The condition that a column is one of the argument `kinds`.
fn within(column: &str, args: &Args) -> String {
    match args.get("kinds") {
        Some(kinds) => format!("{column} IN {}", among(kinds)),
        None => "true".to_owned(),
    }
}

/// The condition that a path is the argument `field` or lies below it.
fn below(column: &str, args: &Args) -> String {
    match args.get("field").and_then(Value::as_str) {
        Some(field) => format!(
            "({column} = {0} OR left({column}, length({0}) + 1) = {0} || '.')",
            quoted(field)
        ),
        None => "true".to_owned(),
    }
}
