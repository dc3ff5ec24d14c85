//! Regions: the tree of places from the world down to municipalities, with groups beside it.

use crate::model::{
    Arg, Between, Column, DATED, Enum, Field, Filter, Input, Link, Order, OrderBy, Record, Rules,
    Term, Type, Weight, connection, enumeration, float, integer, list, localized, parts, reference,
    references, string,
};

/// The enumerations declared here.
pub static ENUMS: &[Enum] = &[
    Enum {
        name: "RegionKind",
        doc: "What sort of place a region is, from the widest to the narrowest; TERRITORY where nothing else fits.",
        values: &[
            ("WORLD", "The root of the tree: the whole world, once."),
            (
                "CONTINENT",
                "One of the United Nations' five: Africa, the Americas, Asia, Europe, Oceania.",
            ),
            (
                "SUPRANATIONAL",
                "Several countries: a subregion of the United Nations' statistics (North America), or a group (the European Union).",
            ),
            ("COUNTRY", "A country or territory with an ISO 3166-1 code."),
            (
                "PROVINCE_OR_STATE",
                "A province, a federated state or what stands for one, with an ISO 3166-2 code: Québec.",
            ),
            (
                "ADMINISTRATIVE_REGION",
                "A region that a province divides itself into for its administration: Nord-du-Québec.",
            ),
            (
                "COUNTY",
                "A county: in Québec an MRC, or a territory or city that stands for one.",
            ),
            (
                "MUNICIPALITY",
                "A city, town, village or other municipality, the narrowest that the registry has.",
            ),
            (
                "TERRITORY",
                "A territory with a name of its own that is none of these: Baie-James.",
            ),
        ],
    },
    Enum {
        name: "RegionCodeScheme",
        doc: "The standard or register that a region's code belongs to.",
        values: &[
            (
                "ISO_3166_1",
                "ISO 3166-1: countries and territories, two letters: `FR`.",
            ),
            (
                "ISO_3166_2",
                "ISO 3166-2: subdivisions of countries: `CA-QC`.",
            ),
            (
                "UN_M49",
                "The United Nations' areas for statistics (M49), three digits: `419`.",
            ),
            (
                "QC_REGION",
                "Québec's administrative regions, two digits: `10`.",
            ),
            ("QC_MRC", "Québec's MRCs and equivalent territories: `991`."),
            (
                "QC_MUNICIPALITY",
                "Québec's municipalities, five digits: `03005`.",
            ),
        ],
    },
];

/// What is declared here.
pub fn types() -> Vec<Type> {
    vec![region(), code()]
}

/// Selects the regions that a `RegionMatch` names.
pub const MATCHED: &str = "{!includeDescendants: SELECT r.id FROM region r WHERE r.slug = ANY($slugs::text[])}\
    {includeDescendants: SELECT a.region_id FROM region r JOIN region_ancestor a ON a.ancestor_id = r.id WHERE r.slug = ANY($slugs::text[])}";

/// The input objects declared here.
pub fn inputs() -> Vec<Input> {
    vec![
        Input::new("RegionMatch", "Regions, and what lies in them.")
            .field(
                "slugs",
                "[String!]!",
                "Any of these regions; slugs that no region has match nothing.",
            )
            .field(
                "includeDescendants",
                "Boolean",
                "Also the regions that lie in them: down the tree, and for a group in its members.",
            )
            .or(true),
        Input::new(
            "RegionCodeInput",
            "A region's code in a standard or register.",
        )
        .field("scheme", "RegionCodeScheme!", "The standard or register.")
        .field(
            "value",
            "String!",
            "The code, as it is written there: `CA-QC`, `419`, `03005`.",
        ),
    ]
}

/// A region's records of one kind: of all that lies in it, or of itself alone.
fn covering(
    name: &'static str,
    target: &'static str,
    table: &str,
    between: &str,
    doc: &'static str,
) -> Field {
    let on = format!(
        "t.id IN ({{includeDescendants: SELECT j.{table}_id FROM region_ancestor a JOIN {between} j USING (region_id) WHERE a.ancestor_id = $owner}}\
         {{!includeDescendants: SELECT j.{table}_id FROM {between} j WHERE j.region_id = $owner}})"
    );
    connection(name, Link::to(target, table, on), doc)
        .filtered()
        .arg(descendants())
}

fn descendants() -> Arg {
    Arg::new(
        "includeDescendants",
        "Boolean",
        "Also those of the regions that lie in it: down the tree, and for a group in its members.",
    )
    .or(true)
}

/// As [`covering`]. There are many, so tables stand between that are in their order.
fn covering_agreements() -> Link {
    let between = "{includeDescendants: agreement_within}{!includeDescendants: agreement_region} j";
    Link {
        from: format!("{between} JOIN agreement t ON t.id = j.agreement_id"),
        between: Some(Between {
            from: between.to_owned(),
            carried: DATED,
            far: "agreement_id".to_owned(),
        }),
        ..Link::to("Agreement", "agreement", "j.region_id = $owner")
    }
}

fn region() -> Type {
    Type::record_type(
        "Region",
        "region",
        Record { tag: "REGION", one: "region", many: "regions", label: "name", dated: false, logged: true },
        "A place that agreements, programmes and actions cover: one tree from the world down to municipalities, with groups (the EU, Latin America and the \
         Caribbean) beside it whose members lie in it. A group lies where all of its members lie. `includeDescendants` and `within` follow both; `parent` and `ancestors` the tree alone.",
    )
    .rules(rules())
    .filters([
        Filter::new("kinds", "[RegionKind!]", "Those of one of these kinds.", "@.kind = ANY($arg::text[])"),
        Filter::new(
            "within",
            "RegionMatch",
            "These regions and those that lie in them; with `includeDescendants: false` these alone.",
            format!("@.id IN ({MATCHED})"),
        ),
        Filter::new(
            "code",
            "RegionCodeInput",
            "The one that has this code.",
            "@.id IN (SELECT c.region_id FROM region_code c WHERE c.scheme = $scheme AND c.value = $value)",
        ),
    ])
    .orders([OrderBy::new(
        "POPULATION",
        "By inhabitants; those without a figure come last in both directions.",
        "t.population",
        Column::Integer,
        true,
    )])
    .fields([
        enumeration("kind", "RegionKind", None, "What sort of place it is: a country, a municipality, a group of countries.").required(),
        localized("name", "What the place is called.").required().searched(Weight::Title),
        parts("codes", "RegionCode", "region_code", "region_id", "Its codes in standards and registers; empty where it has none. No two regions share one."),
        reference("parent", "Region", "The region that it lies in, one step up the tree; null for the world and for groups."),
        list(
            "ancestors",
            Link { on: "j.region_id = $owner AND j.distance > 0".to_owned(), ..Link::through("Region", "region", "region_ancestor", "region_id", "ancestor_id") }
                .ordered(Order::of([Term { sql: "j.distance", column: Column::Integer, descending: true, nullable: false }])),
            "The regions that it lies in, from the world down to its `parent`, without groups.",
        ),
        connection("children", Link::to("Region", "region", "t.parent_id = $owner"), "The regions one step down the tree, by name.").filtered(),
        connection("members", Link::through("Region", "region", "region_membership", "group_id", "region_id"), "For a group its members, by name; for others an empty list."),
        references("memberOf", "Region", "region", "region_membership", "region_id", "group_id", "The groups that it is a member of, by name."),
        float("latitude", "Of a point in it, in degrees north (WGS 84), south negative; null where no source says.").at_least(-90.0).at_most(90.0),
        float("longitude", "Of a point in it, in degrees east (WGS 84), west negative; null where no source says.").at_least(-180.0).at_most(180.0),
        integer("population", "How many people live there, as the source that `sources` has for `population` counts them; null where none does.").at_least(0.0),
        connection("agreements", covering_agreements(), "The agreements that cover it, newest first.")
            .filtered()
            .arg(descendants()),
        covering(
            "programs",
            "Program",
            "program", "program_region",
            "The programmes that are for it, by name.",
        ),
        covering(
            "actions",
            "Action",
            "action", "action_region",
            "What is or was done there, newest first.",
        ),
        covering(
            "parties",
            "Party",
            "party", "party_region",
            "The parties that govern it or work there, by name.",
        ),
    ])
}

/// What lies in what: the closure of tree and groups.
fn rules() -> Rules {
    Rules {
        content: vec![],
        derive: vec![
            "CREATE TEMPORARY TABLE IF NOT EXISTS region_closure (
                 region_id bigint, ancestor_id bigint, distance integer, PRIMARY KEY (region_id, ancestor_id)
             ) ON COMMIT DROP",
            "TRUNCATE region_closure",
            "WITH RECURSIVE up(region_id, ancestor_id) AS (
                 SELECT id, parent_id FROM region WHERE parent_id IS NOT NULL UNION ALL SELECT region_id, group_id FROM region_membership
             ), walk(region_id, ancestor_id) AS (
                 SELECT id, id FROM region UNION SELECT walk.region_id, up.ancestor_id FROM walk JOIN up ON up.region_id = walk.ancestor_id
             ), tree(region_id, ancestor_id, distance) AS (
                 SELECT id, id, 0 FROM region
                 UNION ALL
                 SELECT tree.region_id, region.parent_id, tree.distance + 1 FROM tree JOIN region ON region.id = tree.ancestor_id
                 WHERE region.parent_id IS NOT NULL AND tree.distance < 32
             )
             INSERT INTO region_closure (region_id, ancestor_id, distance)
             SELECT walk.region_id, walk.ancestor_id, min(tree.distance) FROM walk LEFT JOIN tree USING (region_id, ancestor_id) GROUP BY 1, 2",
            // A group lies where all of its members lie: Latin America and the Caribbean in the Americas, any group in the
            // world. The members of a group within it count, not that group; and a group doesn't lie in what lies in it.
            "WITH RECURSIVE inside(group_id, region_id) AS (
                 SELECT group_id, region_id FROM region_membership
                 UNION SELECT inside.group_id, m.region_id FROM inside JOIN region_membership m ON m.group_id = inside.region_id
             ), member(group_id, region_id) AS (
                 SELECT * FROM inside WHERE NOT EXISTS (SELECT FROM region_membership m WHERE m.group_id = inside.region_id)
             )
             INSERT INTO region_closure (region_id, ancestor_id)
             SELECT m.group_id, a.ancestor_id FROM member m JOIN region_closure a USING (region_id)
             WHERE NOT EXISTS (SELECT FROM region_closure b WHERE b.region_id = a.ancestor_id AND b.ancestor_id = m.group_id)
             GROUP BY 1, 2 HAVING count(*) = (SELECT count(*) FROM member n WHERE n.group_id = m.group_id)
             ON CONFLICT DO NOTHING",
            // Only what changes is written: copies in other tables follow.
            "DELETE FROM region_ancestor a WHERE NOT EXISTS (
                 SELECT FROM region_closure c WHERE c.region_id = a.region_id AND c.ancestor_id = a.ancestor_id
             )",
            "INSERT INTO region_ancestor (region_id, ancestor_id, distance) SELECT region_id, ancestor_id, distance FROM region_closure
             ON CONFLICT (region_id, ancestor_id) DO UPDATE SET distance = excluded.distance
             WHERE region_ancestor.distance IS DISTINCT FROM excluded.distance",
        ],
        check: vec![
            "SELECT region.slug, 'parent', 'This region would lie in itself: choose a parent that does not lie in it.'
             FROM region JOIN region_ancestor a ON a.region_id = region.parent_id AND a.ancestor_id = region.id",
            "SELECT region.slug, 'memberOf', 'This region would be a member of a group that lies in it: take one of the two memberships away.'
             FROM region JOIN region_membership m ON m.region_id = region.id JOIN region_ancestor a ON a.region_id = m.group_id AND a.ancestor_id = region.id",
            "SELECT region.slug, 'codes', format('The code %s of %s is also that of %s: one region has it.', c.value, c.scheme, other.slug)
             FROM region_code c JOIN region_code o ON o.scheme = c.scheme AND o.value = c.value AND o.id <> c.id
             JOIN region ON region.id = c.region_id JOIN region other ON other.id = o.region_id",
        ],
    }
}

fn code() -> Type {
    Type::part(
        "RegionCode",
        "region_code",
        "A region's code in a standard or register.",
    )
    .fields([
        enumeration(
            "scheme",
            "RegionCodeScheme",
            None,
            "The standard or register.",
        )
        .required(),
        string("value", "The code.").required(),
    ])
}
