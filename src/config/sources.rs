//! Where settings come from, and how people are shown them.

use std::collections::BTreeMap;
use std::fmt;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use super::SETTINGS;
use crate::db::DatabaseUrl;

/// A setting as it is declared.
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) placeholder: &'static str,
    pub(super) doc: &'static [&'static str],
    pub(super) default: fn() -> Option<String>,
    pub(super) secret: bool,
}

impl Setting {
    fn flag(&self) -> String {
        self.name.to_ascii_lowercase().replace('_', "-")
    }

    fn doc(&self) -> String {
        let lines: Vec<&str> = self.doc.iter().map(|line| line.trim()).collect();
        lines.join(" ")
    }
}

/// Where a value was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// On the command line.
    Flag,
    /// In the environment.
    Environment,
    /// In a `.env` file, in the working directory or one above.
    DotEnv,
    /// Nowhere: it is what goes without saying.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "flag",
            Self::Environment => "environment",
            Self::DotEnv => ".env",
            Self::Default => "default",
        })
    }
}

/// A setting as people are shown it.
#[derive(Clone, Debug)]
pub struct Described {
    /// Its name, as in the environment.
    pub name: &'static str,
    /// What it means.
    pub doc: String,
    /// Its value, with secrets masked; `None` when it is not set.
    pub value: Option<String>,
    /// Where that was found.
    pub origin: Origin,
}

/// The values that were found, on their way into a [`Config`](super::Config).
pub(super) struct Values {
    found: BTreeMap<&'static str, (String, Origin)>,
    pub(super) problems: Vec<String>,
    pub(super) described: Vec<Described>,
}

impl Values {
    /// Looks every setting up, in all places that can have it.
    pub(super) fn find(
        flags: &Flags,
        environment: impl Fn(&str) -> Option<String>,
        dot_env: &BTreeMap<String, String>,
        problems: Vec<String>,
    ) -> Self {
        let filled = |value: Option<String>| value.filter(|value| !value.trim().is_empty());
        let mut found = BTreeMap::new();
        for setting in SETTINGS {
            let flag = || filled(flags.0.get(setting.name).cloned());
            let variable = || filled(environment(setting.name));
            let line = || filled(dot_env.get(setting.name).cloned());
            let value = flag()
                .map(|value| (value, Origin::Flag))
                .or_else(|| Some((variable()?, Origin::Environment)))
                .or_else(|| Some((line()?, Origin::DotEnv)))
                .or_else(|| Some(((setting.default)()?, Origin::Default)));
            if let Some(value) = value {
                found.insert(setting.name, value);
            }
        }
        Self {
            found,
            problems,
            described: Vec::new(),
        }
    }

    /// Checks one setting; what is wrong with it is noted, so that all of it can be told at once.
    pub(super) fn take<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Option<&str>) -> Result<T, String>,
    ) -> Option<T> {
        let setting = SETTINGS.iter().find(|setting| setting.name == name)?;
        let found = self.found.remove(name);
        let text = found.as_ref().map(|(text, _)| text.trim());
        let origin = found
            .as_ref()
            .map_or(Origin::Default, |(_, origin)| *origin);
        let shown = text.map(|text| {
            if setting.secret {
                masked(text)
            } else {
                text.to_owned()
            }
        });
        self.described.push(Described {
            name,
            doc: setting.doc(),
            value: shown.clone(),
            origin,
        });
        read(text)
            .map_err(|problem| {
                let shown = shown.unwrap_or_default();
                self.problems
                    .push(format!("{name}={shown} (from: {origin}) {problem}"));
            })
            .ok()
    }
}

/// A secret as it may be shown. What cannot be taken apart is not shown at all.
fn masked(text: &str) -> String {
    DatabaseUrl::parse(text).map_or_else(|_| "***".to_owned(), |url| url.to_string())
}

/// What a `.env` file says, in the working directory or one above.
pub(super) fn dot_env(problems: &mut Vec<String>) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    match dotenvy::dotenv_iter() {
        Ok(lines) => {
            for line in lines {
                match line {
                    Ok((name, value)) => {
                        values.entry(name).or_insert(value);
                    }
                    Err(error) => problems.push(format!(".env: {error}")),
                }
            }
        }
        Err(error) if error.not_found() => {}
        Err(error) => problems.push(format!(".env: {error}")),
    }
    values
}

/// The settings that were given as flags.
#[derive(Clone, Debug, Default)]
pub struct Flags(pub(super) BTreeMap<&'static str, String>);

impl Args for Flags {
    fn augment_args(mut command: Command) -> Command {
        for setting in SETTINGS {
            let default = (setting.default)()
                .map_or_else(String::new, |value| format!(" [default: {value}]"));
            command = command.arg(
                Arg::new(setting.name)
                    .long(setting.flag())
                    .value_name(setting.placeholder)
                    .help(format!(
                        "{} [env: {}]{default}",
                        setting.doc(),
                        setting.name
                    ))
                    .help_heading("Settings (flag, environment or .env)")
                    .global(true),
            );
        }
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for setting in SETTINGS {
            if let Some(value) = matches.get_one::<String>(setting.name) {
                self.0.insert(setting.name, value.clone());
            }
        }
        Ok(())
    }
}
