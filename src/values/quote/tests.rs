use proptest::prelude::*;

use super::*;

const TEXT: &str = "Le ministère de l’Immigration et la Conférence régionale ont signé, le 5 octobre 2013, une entente. \
    L’entente est de 643 000 $ sur trois ans.\nLe ministère verse la moitié ; la Conférence verse la moitié.\n";

fn not_found(text: &str, exact: &str) -> Option<Nearest> {
    match find(text, exact, "", "") {
        Err(QuoteError::NotFound { nearest }) => nearest,
        other => panic!("{exact}: {other:?}"),
    }
}

#[test]
fn a_quotation_is_found_with_its_context() {
    let found = find(TEXT, "643 000 $", "", "").unwrap();
    let characters: Vec<char> = TEXT.chars().collect();
    assert_eq!(
        characters[found.start..found.end]
            .iter()
            .collect::<String>(),
        "643 000 $"
    );
    assert_eq!(
        found.prefix,
        "e 2013, une entente. L’entente est de "
            .chars()
            .skip(6)
            .collect::<String>()
    );
    assert_eq!(found.prefix.chars().count(), CONTEXT);
    assert_eq!(found.suffix.chars().count(), CONTEXT);
    // At the edges of the text there is less.
    let first = find(TEXT, "Le ministère de", "", "").unwrap();
    assert_eq!((first.start, &*first.prefix), (0, ""));
    let all = find(TEXT, TEXT, "", "").unwrap();
    assert_eq!((all.end, &*all.suffix), (characters.len(), ""));
}

#[test]
fn prefix_and_suffix_say_which_place_is_meant() {
    let Err(QuoteError::Ambiguous { places, count }) = find(TEXT, "verse la moitié", "", "")
    else {
        panic!("it is there twice")
    };
    assert_eq!((places.len(), count), (2, 2));
    let first = find(TEXT, "verse la moitié", "ministère ", "").unwrap();
    let second = find(TEXT, "verse la moitié", "", ".").unwrap();
    assert_eq!([first, second], [places[0].clone(), places[1].clone()]);
    assert!(matches!(
        find(TEXT, "643 000 $", "de  ", ""),
        Err(QuoteError::OtherContext { count: 1, .. })
    ));
}

#[test]
fn context_that_was_needed_is_kept() {
    let said = "and so on, ".repeat(5);
    let text = format!("one {said}this; two {said}this;");
    let prefix = format!("two {said}");
    let found = find(&text, "this", &prefix, "").unwrap();
    assert_eq!(find(&text, "this", &found.prefix, &found.suffix), Ok(found));
}

#[test]
fn the_same_words_written_otherwise_are_given_to_the_letter() {
    for (written, exact) in [
        (
            "Le ministere de l'immigration",
            "Le ministère de l’Immigration",
        ),
        ("643 000 $ sur\ntrois ans", "643 000 $ sur trois ans"),
        ("643\u{a0}000\u{a0}$", "643 000 $"),
        ("trois ans. Le ministère", "trois ans.\nLe ministère"),
        ("moitie\u{301};  la", "moitié ; la"),
    ] {
        let nearest = not_found(TEXT, written).unwrap();
        assert_eq!(
            (&*nearest.exact, nearest.similarity),
            (exact, 100),
            "{written}"
        );
    }
    for (text, written, exact) in [
        ("dit « oui » – enfin", "\"oui\" - enfin", "« oui » – enfin"),
        (
            "l'oe\u{301}uvre\u{301} ici",
            "L’œuvre",
            "l'oe\u{301}uvre\u{301}",
        ),
        (
            "la main-d\u{2019}œuvre",
            "main-d'oeuvre",
            "main-d\u{2019}œuvre",
        ),
        ("im\u{ad}migration", "immigration", "im\u{ad}migration"),
    ] {
        let nearest = not_found(text, written).unwrap();
        assert_eq!(
            (&*nearest.exact, nearest.similarity),
            (exact, 100),
            "{written}"
        );
    }
}

#[test]
fn else_the_most_similar_words_are_given() {
    for (written, exact) in [
        (
            "ont signé le 6 octobre 2013 une entente",
            "ont signé, le 5 octobre 2013, une entente",
        ),
        (
            "Le ministère verse le tiers de la somme ; la Conférence verse",
            "Le ministère verse la moitié ; la Conférence verse",
        ),
        (
            "entente de 643 000 $ pour trois ans",
            "entente est de 643 000 $ sur trois ans",
        ),
        (
            "onférence régionale a sign",
            "Conférence régionale ont signé",
        ),
    ] {
        let nearest = not_found(TEXT, written).unwrap();
        assert_eq!(nearest.exact, exact);
        assert!((50..100).contains(&nearest.similarity), "{nearest:?}");
    }
    for written in [
        "2014",
        "…",
        "a sentence about something else altogether",
        "xyz".repeat(1000).as_str(),
    ] {
        assert_eq!(not_found(TEXT, written), None, "{written}");
    }
    assert_eq!(not_found("", "words that aren't there"), None);
}

#[test]
fn errors_say_what_to_write() {
    let messages = [
        find(TEXT, " \n", "", ""),
        find(TEXT, "verse la moitié", "", ""),
        find(TEXT, "643 000 $", "of ", ""),
        find(TEXT, "ministere de l'immigration", "", ""),
        find(TEXT, "signé, le 6 octobre 2014", "", ""),
        find(TEXT, "nothing of the kind", "", ""),
        find("a ".repeat(3000).as_str(), "a", "", ""),
        find("a a a a a a a a", "a", "", ""),
    ]
    .map(|result| result.unwrap_err().to_string());
    insta::assert_snapshot!(messages.join("\n\n"));
}

/// Varied sentences, about a megabyte of them.
fn long_text() -> String {
    let words = [
        "entente",
        "région",
        "ministère",
        "accueil",
        "l’intégration",
        "des",
        "personnes",
        "immigrantes",
        "et",
        "la",
    ];
    let mut text = String::new();
    let mut seed = 7_usize;
    while text.len() < 1_000_000 {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        text.push_str(words[(seed >> 33) % words.len()]);
        text.push_str(if (seed >> 40).is_multiple_of(9) {
            ".\n"
        } else {
            " "
        });
    }
    text
}

#[test]
fn long_texts_are_searched_whole() {
    let mut text = long_text();
    let at = (700_000..700_004)
        .find(|&at| text.is_char_boundary(at))
        .expect("a text goes on");
    text.insert_str(
        at,
        " Élue en 2013, la préfète a ouvert le forum de Chibougamau. ",
    );
    let document = DocumentText::new(&*text);
    let exact = "la préfète a ouvert le forum";
    let found = document.find(exact, "", "").unwrap();
    assert_eq!(document.slice(found.start, found.end), Some(exact));
    assert_eq!(
        found.start,
        text[..text.find(exact).expect("it was put there")]
            .chars()
            .count()
    );

    let Err(QuoteError::NotFound {
        nearest: Some(nearest),
    }) = document.find("la preféte à ouvert un forum", "", "")
    else {
        panic!("it is not there")
    };
    assert_eq!((&*nearest.exact, nearest.start), (exact, found.start));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_in_a_text_is_found_where_it_is(
        parts in prop::collection::vec("[a-cé’ \n🙂]{0,12}|[^\u{0}]{0,4}", 1..8),
        start in 0..60_usize, length in 1..40_usize, padding in 0..6000_usize,
    ) {
        // Long enough for the index from bytes to code points to have several marks.
        let text = "é".repeat(padding) + &parts.concat();
        let characters: Vec<char> = text.chars().collect();
        let start = padding + start;
        let end = (start + length).min(characters.len());
        prop_assume!(start < end);
        let exact: String = characters[start..end].iter().collect();
        let [prefix, suffix]: [String; 2] = [&characters[..start], &characters[end..]].map(|part| part.iter().collect());
        prop_assume!(!exact.trim().is_empty());

        let document = DocumentText::new(&*text);
        let found = document.find(&exact, &prefix, &suffix).unwrap();
        prop_assert_eq!((found.start, found.end), (start, end));
        prop_assert_eq!(document.slice(start, end), Some(&*exact));
        prop_assert_eq!(document.slice(start, characters.len()).map(str::len), Some(exact.len() + suffix.len()));
        prop_assert_eq!(document.slice(start, characters.len() + 1), None);
        prop_assert_eq!(document.find(&exact, &found.prefix, &found.suffix), Ok(found.clone()));

        // Without its context it is there at least once.
        match document.find(&exact, "", "") {
            Ok(only) => prop_assert_eq!((only.start, only.end), (start, end)),
            Err(QuoteError::Ambiguous { places, count }) => prop_assert!(count >= places.len() && places.len() > 1),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn nothing_makes_it_panic(text in "(?s).{0,80}", exact in "(?s).{0,40}", prefix in ".{0,3}", suffix in ".{0,3}") {
        let _ = find(&text, &exact, &prefix, &suffix);
        let cut: String = text.chars().skip(3).collect::<String>().to_uppercase();
        if let Err(QuoteError::NotFound { nearest: Some(nearest) }) = find(&text, &cut, "", "") {
            prop_assert!(text.contains(&nearest.exact));
        }
    }
}
