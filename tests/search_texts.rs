//! Search texts that nobody would write, a thousand of them over a socket: never the server's fault.

mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::TestDb;

/// Numbers that look random and are the same each time (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^= number >> 31;
        usize::try_from(number % u64::try_from(bound).expect("is small")).expect("is below it")
    }

    fn of<'t>(&mut self, choices: &[&'t str]) -> &'t str {
        choices[self.below(choices.len())]
    }
}

/// A text that nobody would write, of up to so many pieces.
fn strange(numbers: &mut Numbers, pieces: usize) -> String {
    const WORDS: &[&str] = &[
        "québec",
        "immigration",
        "région",
        "plan",
        "de",
        "l",
        "",
        "regionalizasion",
        "munic",
        "2009",
        "1e5",
        "-1.5",
        "a@b.org",
        "http://x.y/z?q=1",
        "x_y",
        "/usr/bin",
    ];
    const SIGNS: &[&str] = &[
        " ",
        "\"",
        "-",
        " -",
        "\" ",
        ":*",
        "&",
        "|",
        "!",
        "<->",
        "<2>",
        "(",
        ")",
        "%",
        "_",
        "\\",
        "'",
        "''",
        "*",
        ":A",
        "\t",
        "\n",
        "\u{a0}",
        "\0",
        "\u{1}",
        "\u{feff}",
        "$1",
        "--",
        "/*",
        ";",
        "é\u{301}",
        "\u{202e}",
        "\u{200d}",
        "ʼn",
        "ﷺ",
        "½",
        "İ",
        "ß",
        "\u{1f3fb}",
        "\u{10ffff}",
        "'~'",
        "'='",
        "🎈",
        "\u{345}",
        "ก็",
        "한",
        "日本",
    ];
    let mut text = String::new();
    for _ in 0..=numbers.below(pieces) {
        match numbers.below(5) {
            0 | 1 => text.push_str(numbers.of(WORDS)),
            2 | 3 => text.push_str(numbers.of(SIGNS)),
            _ => {
                let number = u32::try_from(numbers.below(0x11_0000)).expect("is small");
                text.extend(char::from_u32(number));
            }
        }
    }
    text
}

#[test]
fn no_search_text_is_the_servers_fault() {
    let db = TestDb::with_registry();
    let mut command = support::program::command();
    command
        .env("DATABASE_URL", db.url().expose())
        .env("LISTEN_ADDR", "127.0.0.1:0");
    let (_server, address) = support::program::Program::serve(command);
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let query = "query($text: String!) { search(text: $text, first: 5) { totalCount edges { score node { label } highlights { field fragments { text matched } } } } \
                 agreements(filter: { text: $text, not: { text: $text } }, orderBy: { field: RELEVANCE }) { totalCount nodes { slug } } }";
    let mut numbers = Numbers(2026);
    let mut slowest = (Duration::ZERO, String::new());
    let misspelt: String = "quebek quebel immigrasion immigrazion regionalizasion munisipalite francizasion integrasion ministaire gouvernemant territoir partenarial"
        .to_owned()
        + " entante declaracion progamme projat societer diversiter travailleus personnne economik culturelel acceuil developement etudiand suport atraction retenshion"
        + " participasion concertacion mobilizasion citoyenete";
    let mut refused = 0;
    for round in 0..1000 {
        let text = match round % 50 {
            0 => strange(&mut numbers, 40)
                .repeat(100_000)
                .chars()
                .take(100_000)
                .collect(),
            1 => strange(&mut numbers, 3)
                .chars()
                .cycle()
                .take(1000)
                .collect(),
            2 => misspelt.clone(),
            3 => "a".to_owned(),
            4 => (0..32)
                .map(|_| strange(&mut numbers, 2).replace(['"', ' '], "x"))
                .collect::<Vec<_>>()
                .join(" "),
            _ => strange(&mut numbers, 40),
        };
        let start = Instant::now();
        let response = agent
            .post(format!("{address}graphql"))
            .send_json(json!({ "query": query, "variables": { "text": text } }));
        let mut response = response.expect("the server answers");
        let took = start.elapsed();
        let status = response.status().as_u16();
        let body = response
            .body_mut()
            .read_to_string()
            .expect("the answer is text");
        assert!(status < 500, "{text:?}: {body}");
        if status == 200 {
            let body: Value = serde_json::from_str(&body).expect("the answer is JSON");
            if let Some(errors) = body.get("errors") {
                assert_eq!(
                    errors[0]["extensions"]["code"], "BAD_USER_INPUT",
                    "{text:?}: {errors}"
                );
                refused += 1;
            }
        } else {
            refused += 1;
        }
        if took > slowest.0 {
            slowest = (took, text.chars().take(80).collect());
        }
    }
    println!(
        "slowest: {:?} for {:?}; refused: {refused}",
        slowest.0, slowest.1
    );
    assert!(refused < 600, "most texts can be searched for: {refused}");
}
