//! A made-up registry: its records as Rust values, which the reference answers are worked out from.

use crate::dates::Dated;

/// The languages, as the API names them.
pub const LANGUAGES: [&str; 4] = ["FR", "EN", "ES", "PT"];
/// Kinds of parties that occur.
pub const PARTY_KINDS: [&str; 4] = ["STATE", "MINISTRY", "INSTITUTION", "MUNICIPALITY"];
/// Roles in agreements that occur.
pub const ROLES: [&str; 4] = ["SIGNATORY", "FUNDER", "HOST", "WITNESS"];
/// Kinds of agreements that occur.
pub const AGREEMENT_KINDS: [&str; 4] = ["TREATY", "MEMORANDUM", "PROTOCOL", "OTHER"];
/// Statuses of agreements that occur.
pub const AGREEMENT_STATUSES: [&str; 4] = ["SIGNED", "IN_FORCE", "EXPIRED", "UNKNOWN"];
/// Statuses of programmes.
pub const PROGRAM_STATUSES: [&str; 4] = ["PLANNED", "OPEN", "CLOSED", "UNKNOWN"];
/// Kinds of regions that occur.
pub const REGION_KINDS: [&str; 4] = ["COUNTRY", "COUNTY", "MUNICIPALITY", "SUPRANATIONAL"];
/// Schemes of regions' codes that occur.
pub const SCHEMES: [&str; 2] = ["QC_MRC", "QC_MUNICIPALITY"];
/// Kinds of actions that occur.
pub const ACTION_KINDS: [&str; 3] = ["PROJECT", "MEETING", "STUDY"];
/// Statuses of actions that occur.
pub const ACTION_STATUSES: [&str; 3] = ["PLANNED", "COMPLETED", "ABANDONED"];
/// Roles in actions that occur.
pub const ACTION_ROLES: [&str; 3] = ["LEAD", "PARTNER", "TARGET"];
/// Identifiers in data sets that occur.
pub const IDENTIFIERS: [&str; 4] = ["GGO-1", "GGO-2", "é 3", "ggo-1"];

/// Types of records that lists are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Party,
    Agreement,
    Program,
    Region,
    Action,
    Document,
}

/// What every record has.
#[derive(Clone, Debug)]
pub struct Core {
    pub slug: String,
    pub original: &'static str,
    /// Its name or title by language; the first is the original.
    pub texts: Vec<(&'static str, String)>,
    pub identifiers: Vec<&'static str>,
    /// Which of the world's instants it last changed at.
    pub updated: usize,
}

impl Core {
    /// Its name or title in a language, else in the original.
    pub fn text(&self, language: Option<&str>) -> &str {
        let mut texts = self.texts.iter();
        let found = texts.find(|(of, _)| Some(*of) == language);
        &found.unwrap_or(&self.texts[0]).1
    }
}

pub struct Party {
    pub core: Core,
    pub kind: &'static str,
    pub regions: Vec<usize>,
    /// Kind of succession and predecessor.
    pub predecessors: Vec<(&'static str, usize)>,
}

/// A party's part in something.
pub struct Part {
    pub party: usize,
    pub roles: Vec<&'static str>,
}

pub struct Contribution {
    pub kind: &'static str,
    pub stage: &'static str,
    pub qualifier: &'static str,
    /// In hundredths, with its currency.
    pub money: Option<(i64, &'static str)>,
    pub funder: Option<usize>,
    pub recipient: Option<usize>,
    pub period: Option<Dated>,
}

pub struct Agreement {
    pub core: Core,
    pub kind: &'static str,
    /// The last is the current one.
    pub statuses: Vec<&'static str>,
    /// Signed, adopted, announced, starting, ending.
    pub dates: [Option<Dated>; 5],
    pub themes: Vec<usize>,
    pub parties: Vec<Part>,
    pub programs: Vec<usize>,
    pub regions: Vec<usize>,
    pub documents: Vec<usize>,
    pub contributions: Vec<Contribution>,
}

impl Agreement {
    /// Signed, or else adopted, or else announced, or else starting.
    pub fn date(&self) -> Option<&Dated> {
        self.dates[..4].iter().flatten().next()
    }
}

pub struct Program {
    pub core: Core,
    pub status: &'static str,
    pub themes: Vec<usize>,
    pub eligible: Vec<&'static str>,
    pub responsible: Option<usize>,
    pub regions: Vec<usize>,
    pub contributions: Vec<Contribution>,
}

pub struct Region {
    pub core: Core,
    pub kind: &'static str,
    pub code: Option<(&'static str, String)>,
    pub parent: Option<usize>,
    pub groups: Vec<usize>,
    pub population: Option<i64>,
}

pub struct Action {
    pub core: Core,
    pub kind: &'static str,
    pub status: &'static str,
    pub occurrences: Vec<Dated>,
    pub themes: Vec<usize>,
    pub agreements: Vec<usize>,
    pub programs: Vec<usize>,
    pub regions: Vec<usize>,
    pub parties: Vec<Part>,
}

pub struct Document {
    pub core: Core,
    pub language: &'static str,
    pub publisher: Option<usize>,
    pub published: Option<Dated>,
}

pub struct World {
    pub themes: Vec<Core>,
    pub parties: Vec<Party>,
    pub agreements: Vec<Agreement>,
    pub programs: Vec<Program>,
    pub regions: Vec<Region>,
    pub actions: Vec<Action>,
    pub documents: Vec<Document>,
    /// For each party its line, itself included.
    pub lines: Vec<Vec<usize>>,
    /// For each region those that it lies in, itself included.
    pub above: Vec<Vec<usize>>,
}

impl World {
    /// How many records of a type there are.
    pub fn len(&self, kind: Kind) -> usize {
        match kind {
            Kind::Party => self.parties.len(),
            Kind::Agreement => self.agreements.len(),
            Kind::Program => self.programs.len(),
            Kind::Region => self.regions.len(),
            Kind::Action => self.actions.len(),
            Kind::Document => self.documents.len(),
        }
    }

    /// What every record has, of one of them.
    pub fn core(&self, kind: Kind, index: usize) -> &Core {
        match kind {
            Kind::Party => &self.parties[index].core,
            Kind::Agreement => &self.agreements[index].core,
            Kind::Program => &self.programs[index].core,
            Kind::Region => &self.regions[index].core,
            Kind::Action => &self.actions[index].core,
            Kind::Document => &self.documents[index].core,
        }
    }

    /// Every approximate date of a record.
    pub fn dates(&self) -> impl Iterator<Item = &Dated> {
        let agreements = self.agreements.iter().flat_map(|it| it.dates.iter());
        let documents = self.documents.iter().map(|it| &it.published);
        let actions = self.actions.iter().flat_map(|it| &it.occurrences);
        agreements.chain(documents).flatten().chain(actions)
    }
}

/// Hours, and microseconds, at which records last changed. Several records share each.
pub const INSTANTS: [(u32, u32); 6] =
    [(0, 0), (0, 1), (5, 0), (5, 999_999), (13, 500_000), (23, 7)];
