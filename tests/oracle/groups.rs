//! Counts and sums by groups.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::execute::{Args, Executor};
use crate::fields::Object;
use crate::pages::Pages;
use crate::store::quoted;

/// A group: its value, and its label as texts per language with the original one.
type Group = (Option<String>, Value);

impl Executor<'_> {
    /// Counts of a list of agreements.
    pub fn facets(&self, pages: &Rc<Pages>, args: &Args) -> Vec<Option<Object>> {
        let by = args["by"].as_str().unwrap_or_default();
        let mut filter = pages.filter.clone();
        if args.get("excludeOwnFilter") == Some(&json!(true)) {
            let own = match by {
                "KIND" => "kinds",
                "STATUS" => "statuses",
                "YEAR" => "date",
                "PROGRAM" => "programs",
                "REGION" => "region",
                "PARTY" => "party",
                _ => "themes",
            };
            if let Some(Value::Object(fields)) = &mut filter {
                fields.shift_remove(own);
            }
        }
        let kept = filter.map(|filter| self.kept("Agreement", &filter));
        let mut counts: HashMap<Option<String>, (Value, usize)> = HashMap::new();
        for agreement in &pages.all {
            if kept.as_ref().is_none_or(|kept| kept.contains(agreement)) {
                for (value, label) in self.groups(*agreement, by) {
                    counts.entry(value).or_insert((label, 0)).1 += 1;
                }
            }
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(value, (_, count))| {
            (usize::MAX - count, value.is_none(), value.clone())
        });
        counts.truncate(first(args));
        let group = |(value, (label, count)): (Option<String>, (Value, usize))| {
            let group = json!({ "value": value, "label": label, "count": count });
            Some(Object::known("FacetCount", group))
        };
        counts.into_iter().map(group).collect()
    }

    /// Sums of contributions.
    pub fn funding(&self, args: &Args) -> Vec<Option<Object>> {
        let by = args["by"].as_str().unwrap_or_default();
        let kept = args
            .get("filter")
            .map(|filter| self.kept("Agreement", filter));
        let contributions = self.store.rows(
            "c.id, a.id, c.funder_id, c.recipient_id, c.period_edtf",
            "FROM contribution c JOIN agreement a ON a.id = c.record_id \
             WHERE c.stage IN ('COMMITTED', 'PAID') AND c.kind <> 'ENVELOPE' AND c.money_amount IS NOT NULL",
        );
        let mut labels: HashMap<Option<String>, Value> = HashMap::new();
        let mut members = vec!["(NULL, NULL)".to_owned()];
        for row in contributions.iter() {
            let agreement = row[1].as_i64().expect("is an identity");
            if kept.as_ref().is_some_and(|kept| !kept.contains(&agreement)) {
                continue;
            }
            let groups = match by {
                "FUNDER" => self.party(&row[2]),
                "RECIPIENT" => self.party(&row[3]),
                "YEAR" if !row[4].is_null() => {
                    let rest = format!("FROM contribution c WHERE c.id = {}", row[0]);
                    vec![self.year("coalesce(c.period_earliest, c.period_latest)", &rest)]
                }
                by => self.groups(agreement, by),
            };
            for (value, label) in groups {
                let text = value.as_deref().map_or("NULL".to_owned(), quoted);
                members.push(format!("({text}, {})", row[0]));
                labels.insert(value, label);
            }
        }
        let rest = format!(
            "FROM (VALUES {}) g(value, id) JOIN contribution c ON c.id = g.id::bigint GROUP BY g.value, c.money_currency \
             ORDER BY sum(c.money_amount) DESC, c.money_currency, g.value COLLATE \"C\" NULLS LAST LIMIT {}",
            members.join(", "),
            first(args)
        );
        let sums = self.store.rows(
            "g.value, c.money_currency, sum(c.money_amount)::text, count(*), bool_or(c.qualifier <> 'EXACT')",
            &rest,
        );
        let sums = sums.iter().map(|sum| {
            let label = &labels[&sum[0].as_str().map(str::to_owned)];
            let money = json!({ "amount": sum[2], "currency": sum[1] });
            let group = json!({ "value": sum[0], "label": label, "money": money, "count": sum[3], "approximate": sum[4] });
            Some(Object::known("FundingGroup", group))
        });
        sums.collect()
    }

    /// The groups that an agreement counts in.
    fn groups(&self, agreement: i64, by: &str) -> Vec<Group> {
        let row = format!("FROM agreement a WHERE a.id = {agreement}");
        let linked = |between: &str, table: &str| {
            let rest = format!(
                "FROM {between} j JOIN {table} x ON x.id = j.{table}_id WHERE j.agreement_id = {agreement}"
            );
            self.named(&rest)
        };
        match by {
            "KIND" | "STATUS" => {
                let value = self.store.value(&format!("a.{}", by.to_lowercase()), &row);
                vec![(value.as_str().map(str::to_owned), unlabelled())]
            }
            "YEAR" => {
                let date = |bound: &str| {
                    format!(
                        "CASE WHEN a.signed_on_edtf IS NOT NULL THEN a.signed_on_{bound} WHEN a.adopted_on_edtf IS NOT NULL THEN a.adopted_on_{bound} \
                         WHEN a.announced_on_edtf IS NOT NULL THEN a.announced_on_{bound} ELSE a.starts_on_{bound} END"
                    )
                };
                let date = format!("coalesce({}, {})", date("earliest"), date("latest"));
                vec![self.year(&date, &row)]
            }
            "PROGRAM" => linked("agreement_program", "program"),
            "REGION" => linked("agreement_region", "region"),
            "PARTY" => linked("agreement_party", "party"),
            "THEME" => linked("agreement_theme", "theme"),
            other => unreachable!("{other}"),
        }
    }

    fn party(&self, id: &Value) -> Vec<Group> {
        self.named(&format!("FROM party x WHERE x.id = {id}"))
    }

    /// Records as groups; none are the group of those without one.
    fn named(&self, rest: &str) -> Vec<Group> {
        let rows = self.store.rows("x.slug, x.name, x.original_language", rest);
        let named = rows.iter().map(|row| {
            let label = json!({ "texts": row[1], "original": row[2] });
            (row[0].as_str().map(str::to_owned), label)
        });
        let mut groups: Vec<Group> = named.collect();
        if groups.is_empty() {
            groups.push((None, unlabelled()));
        }
        groups
    }

    fn year(&self, day: &str, rest: &str) -> Group {
        let year = self
            .store
            .value(&format!("extract(year FROM {day})::integer"), rest);
        match year.as_i64() {
            // The year before 1 is 0.
            Some(year) => {
                let year = if year < 0 { year + 1 } else { year }.to_string();
                let label = json!({ "texts": { "FR": year }, "original": "FR" });
                (Some(year), label)
            }
            None => (None, unlabelled()),
        }
    }
}

/// The words that a label without texts has stand in no table.
fn unlabelled() -> Value {
    json!({ "texts": null, "original": null })
}

fn first(args: &Args) -> usize {
    let first = args.get("first").and_then(Value::as_u64);
    usize::try_from(first.expect("it has a default")).expect("it is small")
}
