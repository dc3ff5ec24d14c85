//! The name that was probably meant.

/// The known name most like a written one, where any is like it at all.
pub(super) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let written = written.to_lowercase();
    known
        .into_iter()
        .map(|name| (likeness(&written, name), name))
        .filter(|(likeness, _)| *likeness >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// From 0 to 1. A name that contains the other, as `2013` for `entente-arbj-midi-2013`, is alike enough to be told.
fn likeness(written: &str, name: &str) -> f64 {
    let name = name.to_lowercase();
    let distance = strsim::normalized_damerau_levenshtein(written, &name);
    if written.len() >= 3 && (name.contains(written) || written.contains(&name)) {
        distance.max(0.6)
    } else {
        distance
    }
}

/// `; did you mean …?`, or nothing.
pub(super) fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(written, known).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_hand_is_recognized_and_a_different_word_is_not() {
        let known = ["signedOn", "startsOn", "title", "entente-arbj-midi-2013"];
        assert_eq!(nearest("signedon", known), Some("signedOn"));
        assert_eq!(nearest("titel", known), Some("title"));
        assert_eq!(nearest("midi-2013", known), Some("entente-arbj-midi-2013"));
        assert_eq!(nearest("budget", known), None);
    }
}
