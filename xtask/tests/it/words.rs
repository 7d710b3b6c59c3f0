//! Words that have no place in the repository, each with what to write instead. The banned words are written in two
//! halves here, so that this file passes its own rule.

use crate::repository::{TextFile, expect_none, files};

struct Word {
    word: &'static str,
    only_in_rust: bool,
    instead: &'static str,
}

/// A place that may use a word all the same.
struct Exception {
    path: &'static str,
    word: &'static str,
    reason: &'static str,
}

const fn in_rust(word: &'static str, instead: &'static str) -> Word {
    Word {
        word,
        only_in_rust: true,
        instead,
    }
}

const fn anywhere(word: &'static str, instead: &'static str) -> Word {
    Word {
        word,
        only_in_rust: false,
        instead,
    }
}

const WORDS: &[Word] = &[
    in_rust(
        concat!("to", "do!("),
        "write the code, or leave the command out until it works",
    ),
    in_rust(
        concat!("unimple", "mented!("),
        "write the code, or make the state impossible by its type",
    ),
    in_rust(
        concat!("#[ig", "nore"),
        "make the test quick and sure, or delete it",
    ),
    in_rust(
        concat!("TO", "DO"),
        "finish it, or tell the reader what the limit is",
    ),
    in_rust(
        concat!("FIX", "ME"),
        "finish it, or tell the reader what the limit is",
    ),
    in_rust(
        concat!("std::thread::", "sleep"),
        "wait on the clock you were given",
    ),
    in_rust(
        concat!("tokio::time::", "sleep"),
        "wait on the clock you were given; in a test, settle the world",
    ),
    in_rust(
        concat!("#[al", "low("),
        "use #[expect(…, reason = \"…\")], which fails when it is no longer needed",
    ),
    anywhere(
        concat!("crates", ".io"),
        "name the tool, not the host it comes from",
    ),
    anywhere(
        concat!("pypi", ".org"),
        "name the package, not the host it comes from",
    ),
    anywhere(
        concat!("pythonhosted", ".org"),
        "name the package, not the host it comes from",
    ),
    anywhere(
        concat!("registry.npm", "js"),
        "name the package, not the host it comes from",
    ),
    anywhere(
        concat!("deb.", "debian.org"),
        "name the package, not the host it comes from",
    ),
    anywhere(
        concat!("/work", "/"),
        "write a path inside the repository, or one the reader chooses",
    ),
    anywhere(
        concat!("/ro", "ot/"),
        "write a path inside the repository, or one the reader chooses",
    ),
    anywhere(
        concat!("/ho", "me/"),
        "write a path inside the repository, or one the reader chooses",
    ),
    anywhere(
        concat!("/Us", "ers/"),
        "write a path inside the repository, or one the reader chooses",
    ),
    anywhere(
        concat!("design", ".md"),
        "the repository speaks for itself: say it here or in ARCHITECTURE.md",
    ),
    anywhere(
        concat!("style", ".md"),
        "the repository speaks for itself: say it in CONTRIBUTING.md",
    ),
    anywhere(
        concat!("correctness", ".md"),
        "the repository speaks for itself: say it here or in ARCHITECTURE.md",
    ),
    anywhere(
        concat!("libraries", ".md"),
        "the repository speaks for itself: give the reason beside the dependency",
    ),
    anywhere(
        concat!("-api", ".md"),
        "the repository speaks for itself: name the vendor's documentation",
    ),
];

const EXCEPTIONS: &[Exception] = &[
    Exception {
        path: "crates/api-client/src/system_clock.rs",
        word: concat!("tokio::time::", "sleep"),
        reason: "this is the clock that everything else is given",
    },
    Exception {
        path: "crates/emulators/src/http_face.rs",
        word: concat!("tokio::time::", "sleep"),
        reason: "a server on a socket lives in real time, unless it is given a held clock",
    },
];

#[test]
fn no_file_uses_a_banned_word() {
    let findings: Vec<String> = files()
        .iter()
        .flat_map(|file| banned_words(file, EXCEPTIONS))
        .collect();
    expect_none(&findings);
}

#[test]
fn every_exception_is_still_needed() {
    let files = files();
    let findings: Vec<String> = EXCEPTIONS
        .iter()
        .filter(|exception| {
            let used =
                |file: &TextFile| file.path == exception.path && file.text.contains(exception.word);
            !files.iter().any(used)
        })
        .map(|exception| {
            format!(
                "{}: no longer uses `{}`; remove its exception ({})",
                exception.path, exception.word, exception.reason
            )
        })
        .collect();
    expect_none(&findings);
}

#[test]
fn a_banned_word_is_reported_with_its_line() {
    let text = format!(
        "//! Waiting.\nfn wait() {{ {}(LONG); }}\n",
        concat!("std::thread::", "sleep")
    );
    let findings = banned_words(&TextFile::new("crates/engine/src/schedule.rs", &text), &[]);
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0].starts_with("crates/engine/src/schedule.rs:2: "),
        "{}",
        findings[0]
    );
}

#[test]
fn an_exception_holds_for_its_file_and_word_alone() {
    let word = concat!("tokio::time::", "sleep");
    let exceptions = [Exception {
        path: "crates/api-client/src/clock.rs",
        word,
        reason: "the clock itself",
    }];
    let sleeping = format!("//! Time.\n{word}(LONG).await;\n");
    let findings =
        |path: &str, text: &str| banned_words(&TextFile::new(path, text), &exceptions).len();
    assert_eq!(findings("crates/api-client/src/clock.rs", &sleeping), 0);
    assert_eq!(findings("crates/engine/src/schedule.rs", &sleeping), 1);
    let unfinished = concat!("fn now() { to", "do!() }");
    assert_eq!(findings("crates/api-client/src/clock.rs", unfinished), 1);
}

#[test]
fn words_of_rust_are_left_alone_in_prose() {
    let prose = concat!("`to", "do!()` is not for here.");
    assert!(banned_words(&TextFile::new("CONTRIBUTING.md", prose), &[]).is_empty());
}

fn banned_words(file: &TextFile, exceptions: &[Exception]) -> Vec<String> {
    // Cargo writes the name of its registry into every entry of the lock file.
    if file.path == "Cargo.lock" {
        return Vec::new();
    }
    let applies = |word: &&Word| {
        let excepted =
            |exception: &Exception| exception.path == file.path && exception.word == word.word;
        (file.is_rust() || !word.only_in_rust) && !exceptions.iter().any(excepted)
    };
    let words: Vec<&Word> = WORDS.iter().filter(applies).collect();
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for word in words.iter().filter(|word| line.contains(word.word)) {
            findings.push(format!(
                "{}:{}: `{}`: {}",
                file.path,
                index + 1,
                word.word,
                word.instead
            ));
        }
    }
    findings
}
