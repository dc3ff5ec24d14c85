//! A query as it was made up, before it is written down: so that parts of it can be taken away until only what fails is left.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

const FITS: &str = "strings take text";

/// A query with its fragments and variables, of which only those in use are written.
#[derive(Clone, Default)]
pub struct Query {
    pub selection: Vec<Selection>,
    pub fragments: Vec<Fragment>,
    pub variables: Vec<Variable>,
    /// What the request prefers: `Accept-Language`.
    pub language: Option<&'static str>,
}

#[derive(Clone)]
pub struct Fragment {
    pub name: String,
    pub on: String,
    pub selection: Vec<Selection>,
}

#[derive(Clone)]
pub struct Variable {
    pub name: String,
    pub ty: String,
    pub default: Option<Written>,
    /// None where the request does not give it.
    pub value: Option<Written>,
}

#[derive(Clone)]
pub enum Selection {
    Field {
        alias: Option<String>,
        name: String,
        args: Vec<(String, Written)>,
        directives: Vec<(&'static str, Written)>,
        selection: Vec<Selection>,
    },
    Inline {
        on: Option<String>,
        directives: Vec<(&'static str, Written)>,
        selection: Vec<Selection>,
    },
    Spread {
        fragment: String,
        directives: Vec<(&'static str, Written)>,
    },
}

/// A value as it stands in a document.
#[derive(Clone, PartialEq)]
pub enum Written {
    Null,
    Number(i64),
    Bool(bool),
    Text(String),
    Enum(String),
    List(Vec<Written>),
    Object(Vec<(String, Written)>),
    Variable(String),
}

impl Written {
    pub fn literal(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Bool(yes) => yes.to_string(),
            // What JSON escapes, GraphQL escapes alike.
            Self::Text(text) => json!(text).to_string(),
            Self::Enum(value) => value.clone(),
            Self::List(list) => {
                let list: Vec<_> = list.iter().map(Self::literal).collect();
                format!("[{}]", list.join(", "))
            }
            Self::Object(fields) => {
                let fields = fields.iter();
                let fields: Vec<_> = fields
                    .map(|(name, value)| format!("{name}: {}", value.literal()))
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
            Self::Variable(name) => format!("${name}"),
        }
    }

    /// As a request gives it; it has no variables in it.
    fn json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Number(number) => json!(number),
            Self::Bool(yes) => json!(yes),
            Self::Text(text) | Self::Enum(text) => json!(text),
            Self::List(list) => list.iter().map(Self::json).collect(),
            Self::Object(fields) => {
                let fields = fields.iter();
                let fields: Map<_, _> = fields
                    .map(|(name, value)| (name.clone(), value.json()))
                    .collect();
                Value::Object(fields)
            }
            Self::Variable(name) => unreachable!("${name} in a variable"),
        }
    }

    fn variables(&self, used: &mut BTreeSet<String>) {
        match self {
            Self::Variable(name) => {
                used.insert(name.clone());
            }
            Self::List(list) => list.iter().for_each(|one| one.variables(used)),
            Self::Object(fields) => fields.iter().for_each(|(_, one)| one.variables(used)),
            _ => {}
        }
    }
}

/// What a document is made of, as far as it is used.
#[derive(Default)]
struct Used {
    fragments: BTreeSet<String>,
    variables: BTreeSet<String>,
}

impl Query {
    /// The document.
    pub fn text(&self) -> String {
        let used = self.used();
        let mut text = "query".to_owned();
        let variables = self.variables.iter();
        let variables: Vec<_> = variables
            .filter(|it| used.variables.contains(&it.name))
            .map(|it| {
                let default = it.default.as_ref();
                let default = default.map(|it| format!(" = {}", it.literal()));
                format!("${}: {}{}", it.name, it.ty, default.unwrap_or_default())
            })
            .collect();
        if !variables.is_empty() {
            write!(text, "({})", variables.join(", ")).expect(FITS);
        }
        write_set(&self.selection, 0, &mut text);
        for fragment in &self.fragments {
            if used.fragments.contains(&fragment.name) {
                write!(text, "\nfragment {} on {}", fragment.name, fragment.on).expect(FITS);
                write_set(&fragment.selection, 0, &mut text);
            }
        }
        text
    }

    /// The values of its variables.
    pub fn values(&self) -> Map<String, Value> {
        let used = self.used();
        let variables = self.variables.iter();
        let given = variables.filter(|it| used.variables.contains(&it.name));
        given
            .filter_map(|it| Some((it.name.clone(), it.value.as_ref()?.json())))
            .collect()
    }

    fn used(&self) -> Used {
        let mut used = Used::default();
        self.uses(&self.selection, &mut used);
        used
    }

    fn uses(&self, selection: &[Selection], used: &mut Used) {
        for one in selection {
            for (_, condition) in one.directives() {
                condition.variables(&mut used.variables);
            }
            match one {
                Selection::Field {
                    args, selection, ..
                } => {
                    for (_, value) in args {
                        value.variables(&mut used.variables);
                    }
                    self.uses(selection, used);
                }
                Selection::Inline { selection, .. } => self.uses(selection, used),
                Selection::Spread { fragment, .. } => {
                    if used.fragments.insert(fragment.clone()) {
                        let fragment = self.fragments.iter().find(|it| it.name == *fragment);
                        self.uses(&fragment.expect("it was made").selection, used);
                    }
                }
            }
        }
    }

    /// The arguments of the field with an alias that no other field has.
    pub fn args_of(&mut self, alias: &str) -> Option<&mut Vec<(String, Written)>> {
        let fragments = self.fragments.iter_mut();
        let sets = fragments.map(|fragment| &mut fragment.selection);
        sets.chain([&mut self.selection])
            .find_map(|set| find(set, alias))
    }

    /// The same query with one thing less, for each thing that can be less.
    pub fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let less = less(&self.selection);
        all.extend(less.into_iter().map(|selection| Self {
            selection,
            ..self.clone()
        }));
        let used = self.used().fragments;
        for (place, fragment) in self.fragments.iter().enumerate() {
            if used.contains(&fragment.name) {
                for selection in self::less(&fragment.selection) {
                    let mut query = self.clone();
                    query.fragments[place].selection = selection;
                    all.push(query);
                }
            }
        }
        all
    }
}

impl Selection {
    fn directives(&self) -> &[(&'static str, Written)] {
        match self {
            Self::Field { directives, .. }
            | Self::Inline { directives, .. }
            | Self::Spread { directives, .. } => directives,
        }
    }

    /// `__typename`.
    pub fn typename(alias: Option<String>) -> Self {
        Self::Field {
            alias,
            name: "__typename".to_owned(),
            args: Vec::new(),
            directives: Vec::new(),
            selection: Vec::new(),
        }
    }
}

fn find<'q>(set: &'q mut [Selection], key: &str) -> Option<&'q mut Vec<(String, Written)>> {
    set.iter_mut().find_map(|one| match one {
        Selection::Field { alias, args, .. } if alias.as_deref() == Some(key) => Some(args),
        Selection::Field { selection, .. } | Selection::Inline { selection, .. } => {
            find(selection, key)
        }
        Selection::Spread { .. } => None,
    })
}

fn write_set(selection: &[Selection], depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth + 1);
    *text += " {\n";
    for one in selection {
        *text += &indent;
        match one {
            Selection::Field {
                alias, name, args, ..
            } => {
                if let Some(alias) = alias {
                    write!(text, "{alias}: ").expect(FITS);
                }
                *text += name;
                if !args.is_empty() {
                    let args = args.iter();
                    let args: Vec<_> = args
                        .map(|(name, value)| format!("{name}: {}", value.literal()))
                        .collect();
                    write!(text, "({})", args.join(", ")).expect(FITS);
                }
            }
            Selection::Inline { on, .. } => {
                *text += "...";
                if let Some(on) = on {
                    write!(text, " on {on}").expect(FITS);
                }
            }
            Selection::Spread { fragment, .. } => write!(text, "...{fragment}").expect(FITS),
        }
        for (name, condition) in one.directives() {
            write!(text, " @{name}(if: {})", condition.literal()).expect(FITS);
        }
        match one {
            Selection::Field { selection, .. } if selection.is_empty() => *text += "\n",
            Selection::Field { selection, .. } | Selection::Inline { selection, .. } => {
                write_set(selection, depth + 1, text);
            }
            Selection::Spread { .. } => *text += "\n",
        }
    }
    *text += &"  ".repeat(depth);
    *text += "}\n";
}

/// Selection sets with one selection, argument or directive less. What would be empty asks for `__typename`.
fn less(selection: &[Selection]) -> Vec<Vec<Selection>> {
    let mut all = Vec::new();
    for (place, one) in selection.iter().enumerate() {
        let mut without = selection.to_vec();
        without.remove(place);
        if without.is_empty() {
            without.push(Selection::typename(None));
        }
        if without.len() < selection.len()
            || !matches!(one, Selection::Field { name, .. } if name == "__typename")
        {
            all.push(without);
        }
        let mut with = |one: Selection| {
            let mut changed = selection.to_vec();
            changed[place] = one;
            all.push(changed);
        };
        for gone in 0..one.directives().len() {
            let mut one = one.clone();
            match &mut one {
                Selection::Field { directives, .. }
                | Selection::Inline { directives, .. }
                | Selection::Spread { directives, .. } => directives.remove(gone),
            };
            with(one);
        }
        match one {
            Selection::Field {
                args, selection, ..
            } => {
                for gone in 0..args.len() {
                    let mut one = one.clone();
                    if let Selection::Field { args, .. } = &mut one {
                        args.remove(gone);
                    }
                    with(one);
                }
                for less in less(selection) {
                    let mut one = one.clone();
                    if let Selection::Field { selection, .. } = &mut one {
                        *selection = less;
                    }
                    with(one);
                }
            }
            Selection::Inline { selection, .. } => {
                for less in less(selection) {
                    let mut one = one.clone();
                    if let Selection::Inline { selection, .. } = &mut one {
                        *selection = less;
                    }
                    with(one);
                }
            }
            Selection::Spread { .. } => {}
        }
    }
    all
}
