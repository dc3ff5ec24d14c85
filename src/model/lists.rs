//! What lists of every record type can be filtered and ordered by.

use super::{
    Arg, Column, Enum, Field, Filter, Groups, Indexed, Input, Link, OrderBy, Record, Sorting, Term,
    Type, list,
};

/// The filters and orders of a record type that follow from its being one.
pub(super) fn common_to_lists(record: &Record) -> (Vec<Filter>, Vec<OrderBy>) {
    if !record.logged {
        return (Vec::new(), Vec::new());
    }
    let filters = vec![
        Filter::new(
            "slugs",
            "[String!]",
            "Those with one of these slugs; slugs that no record has keep nothing.",
            "@.slug = ANY($arg::text[])",
        ),
        Filter::new(
            "sourceIdentifiers",
            "[String!]",
            "Those that were taken from a data set in which they have one of these identifiers (`sources { identifier }`).",
            "@.id IN (SELECT s.record_id FROM source s WHERE s.identifier = ANY($arg::text[]))",
        ),
        Filter::new(
            "updatedSince",
            "DateTime",
            "Those that changed here at this instant or after it.",
            "@.updated_at >= $arg::timestamptz",
        ),
        Filter::new(
            "text",
            "String",
            "Words of its name or title and of its texts, matched as `search` matches them.",
            "@.words @@ $search",
        ),
    ];
    let date = record.dated.then(|| {
        OrderBy::new(
            "DATE",
            "By date: its first day, or its last where the first is unknown. Undated records come last in both directions.",
            "t.sort_date",
            Column::Date,
            true,
        )
        .indexed(Indexed::BothWays)
    });
    let name = match record.label {
        "title" => (
            "TITLE",
            "By title, as the request's language sorts (É next to E).",
        ),
        _ => (
            "NAME",
            "By name, as the request's language sorts (É next to E).",
        ),
    };
    let mut orders: Vec<OrderBy> = date.into_iter().collect();
    orders.extend([
        OrderBy::new(name.0, name.1, "t.sort_$lang", Column::Bytes, false)
            .indexed(Indexed::Ascending),
        OrderBy::new(
            "UPDATED_AT",
            "By the time of the last change here: DESC to see what is new.",
            "t.updated_at",
            Column::Timestamp,
            false,
        )
        .indexed(Indexed::Ascending),
        OrderBy {
            name: "RELEVANCE",
            doc: "By how well they match the `text` of the filter, the best first, whichever the direction. Without a `text` it is an error.",
            by: Sorting::Relevance,
            indexed: Indexed::No,
        },
    ]);
    (filters, orders)
}

impl Type {
    /// The values that its lists can be ordered by; none where they take no order.
    pub fn order_vocabulary(&self) -> Option<&'static Enum> {
        let values = self.orders.iter().map(|order| (order.name, order.doc));
        (!self.orders.is_empty()).then(|| {
            let doc = format!("What lists of type `{}` can be ordered by.", self.name);
            vocabulary(kept(format!("{}OrderField", self.name)), kept(doc), values)
        })
    }

    /// The inputs of its lists' arguments `filter` and `orderBy`.
    pub fn list_inputs(&self) -> impl Iterator<Item = Input> {
        let name = self.name;
        let filter = || {
            let mut input = Input::new(
                format!("{name}Filter"),
                format!(
                    "Which records of type `{name}` to keep: those that meet every field that is given. Lists mean any of; an empty list keeps nothing."
                ),
            );
            input = input
                .field(
                    "and",
                    format!("[{name}Filter!]"),
                    "Those that meet all of these.",
                )
                .field(
                    "or",
                    format!("[{name}Filter!]"),
                    "Those that meet at least one of these; an empty list keeps nothing.",
                )
                .field(
                    "not",
                    format!("{name}Filter"),
                    "Those that do not meet this.",
                );
            self.filters.iter().fold(input, |input, filter| {
                input.field(filter.name, filter.ty, filter.doc)
            })
        };
        let order = || {
            Input::new(
                format!("{name}Order"),
                format!(
                    "What to order records of type `{name}` by. Ties are in the order of slugs; names and titles sort as the request's language does."
                ),
            )
            .field("field", format!("{name}OrderField!"), "What to order by.")
            .field("direction", "Direction!", "Which way.")
            .or("ASC")
        };
        let filter = (!self.filters.is_empty()).then(filter);
        filter
            .into_iter()
            .chain((!self.orders.is_empty()).then(order))
    }
}

impl Groups {
    /// The field of a connection that counts what it holds.
    pub fn facets(&self) -> Field {
        let mut field = list(
            "facets",
            Link::to(self.group, "", ""),
            "Counts of the whole result, not of the page, for the filters of a search page; `excludeOwnFilter` leaves out the top-level filter on the same \
             dimension, as pages with several choices need. The largest first.",
        );
        field.args = vec![
            Arg::new("by", format!("{}!", self.name), "What to count by."),
            Arg::new("first", "Int", "How many groups, 1 to 1,000.").or(20),
            Arg::new(
                "excludeOwnFilter",
                "Boolean",
                "Count as if the field of the filter on this dimension were not given, so that the other choices keep their counts.",
            )
            .or(false),
        ];
        field
    }

    /// What can be grouped by.
    pub fn vocabulary(&self) -> &'static Enum {
        let values = self.by.iter().map(|grouping| (grouping.name, grouping.doc));
        vocabulary(self.name, self.doc, values)
    }
}

fn vocabulary(
    name: &'static str,
    doc: &'static str,
    values: impl Iterator<Item = (&'static str, &'static str)>,
) -> &'static Enum {
    let values = Box::leak(values.collect());
    Box::leak(Box::new(Enum { name, doc, values }))
}

/// A model is made once and lives as long as the program; so do the names that follow from it.
fn kept(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

impl Term {
    /// The same term with large values first, or not.
    #[must_use]
    pub fn descending(mut self, descending: bool) -> Self {
        self.descending = descending;
        self
    }
}
