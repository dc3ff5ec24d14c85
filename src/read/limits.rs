//! How much one request may ask of the registry.

/// Limits of a request. Each holds for the whole request; what takes more is refused before it takes it.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// What a query may cost, in the units of [`Plan::cost`](super::Plan::cost).
    pub cost: u64,
    /// Response keys, with fragments written out, and once for each type that a record may be of.
    pub fields: usize,
    /// Lists, related records, counts and what else its statements ask for.
    pub pieces: usize,
    /// Rows that are loaded.
    pub rows: usize,
    /// Elements of a page, and identifiers that are looked up at once.
    pub page: usize,
    /// Conditions of filters.
    pub conditions: usize,
    /// Words of different search texts: what records are ranked by takes as long as it has words, for each record.
    pub searched: usize,
    /// Bytes of the arguments of all fields. A variable counts wherever it is used: statements hold its value each time.
    pub arguments: usize,
}

impl Limits {
    /// What goes without saying.
    pub const USUAL: Self = Self {
        cost: 100_000,
        fields: 20_000,
        pieces: 2_000,
        rows: 200_000,
        page: 100,
        conditions: 200,
        searched: 320,
        arguments: 2 << 20,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::USUAL
    }
}
