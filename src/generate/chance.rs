//! Chance that always falls alike: what is drawn follows from the seed and from what it is drawn for.

/// A stream of numbers (`SplitMix64`).
pub(super) struct Chance(u64);

impl Chance {
    /// The stream for one purpose: what is drawn for one changes nothing of what is drawn for another.
    pub(super) fn new(seed: u64, purpose: &str) -> Self {
        // FNV-1a.
        let name = purpose.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(name ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, 1.
    pub(super) fn unit(&mut self) -> f64 {
        // 32 bits are enough here, and exact in a double.
        f64::from(u32::try_from(self.next() >> 32).unwrap_or_default()) / 4_294_967_296.0
    }

    /// Whether something of this probability happens.
    pub(super) fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A number from 0 up to, not including, `count`, all alike.
    pub(super) fn below(&mut self, count: usize) -> usize {
        self.skewed(count, 1.0)
    }

    /// A number from `least` to `most`, all alike.
    pub(super) fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    /// A number below `count`, small ones the more often the larger the exponent: the first tenth of them comes up with
    /// probability `0.1^(1/exponent)`.
    pub(super) fn skewed(&mut self, count: usize, exponent: f64) -> usize {
        floor(self.unit().powf(exponent) * real(count)).min(count.saturating_sub(1))
    }

    /// One of a list, the n-th about 1/n times as often as the first: as words are in texts (Zipf's law).
    pub(super) fn word<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let rank = floor(real(list.len() + 1).powf(self.unit())) - 1;
        &list[rank.min(list.len() - 1)]
    }

    /// One of a list, all alike.
    pub(super) fn any<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// One of a table, as often as the weight beside it says.
    pub(super) fn weighted<'a, T>(&mut self, table: &'a [(T, usize)]) -> &'a T {
        let mut at = self.below(table.iter().map(|(_, weight)| weight).sum());
        for (value, weight) in table {
            if at < *weight {
                return value;
            }
            at -= weight;
        }
        &table[0].0
    }

    /// Up to `count` different things of those that `draw` gives: fewer where it keeps giving the same.
    pub(super) fn different<T: PartialEq>(
        &mut self,
        count: usize,
        mut draw: impl FnMut(&mut Self) -> T,
    ) -> Vec<T> {
        let mut drawn = Vec::with_capacity(count);
        for _ in 0..count * 4 {
            if drawn.len() == count {
                break;
            }
            let next = draw(self);
            if !drawn.contains(&next) {
                drawn.push(next);
            }
        }
        drawn
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
fn real(count: usize) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and a count"
)]
fn floor(number: f64) -> usize {
    number as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_has_its_own_numbers_and_always_the_same() {
        let draw = |seed, purpose| {
            let mut chance = Chance::new(seed, purpose);
            [chance.below(1000), chance.below(1000), chance.below(1000)]
        };
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert_ne!(draw(1, "a"), draw(1, "b"));
        assert_ne!(draw(1, "a"), draw(2, "a"));
    }

    #[test]
    fn words_follow_zipf() {
        let list: Vec<usize> = (0..100).collect();
        let mut counts = [0; 100];
        let mut chance = Chance::new(7, "words");
        for _ in 0..100_000 {
            counts[*chance.word(&list)] += 1;
        }
        // ln 2 / ln 101 of all are the first, ln(101/100) / ln 101 the last.
        assert!((14_500..15_500).contains(&counts[0]), "{}", counts[0]);
        assert!((150..300).contains(&counts[99]), "{}", counts[99]);
    }
}
