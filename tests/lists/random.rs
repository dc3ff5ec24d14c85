//! Chance that can be repeated: the same seed gives the same registry.

/// A source of numbers (splitmix64).
pub struct Random(u64);

impl Random {
    /// From a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("it is below a usize")
    }

    /// A number from `first` to `last`.
    pub fn between(&mut self, first: i32, last: i32) -> i32 {
        let span = usize::try_from(last - first + 1).expect("the first is not after the last");
        first + i32::try_from(self.below(span)).expect("the span is one of i32")
    }

    /// Yes, in so many of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.below(among.len())]
    }

    /// Up to `most` different ones of these, at least `least`.
    pub fn some<T: Copy + PartialEq>(&mut self, among: &[T], least: usize, most: usize) -> Vec<T> {
        let wanted = (least + self.below(most - least + 1)).min(among.len());
        let mut some = Vec::new();
        while some.len() < wanted {
            let one = self.pick(among);
            if !some.contains(&one) {
                some.push(one);
            }
        }
        some
    }
}
