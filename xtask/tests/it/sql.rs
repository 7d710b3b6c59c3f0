//! SQL is written in `store` and nowhere else. Told by its shape inside a text literal, so a sentence that only sounds
//! like it is let through; that no other package can reach a database is for the arrows to say.

use crate::repository::{TextFile, expect_none, files};

/// The store, and the examples of this rule.
const MAY_HAVE_SQL: [&str; 2] = ["crates/store/", "xtask/tests/it/sql.rs"];

/// The beginning of a statement, and what must follow somewhere in the same line.
const STATEMENTS: &[(&str, &str)] = &[
    ("select ", " from "),
    ("select count(", ""),
    ("insert into ", ""),
    ("insert or ", " into "),
    ("update ", " set "),
    ("delete from ", " where "),
    ("create table ", ""),
    ("create index ", ""),
    ("alter table ", ""),
    ("drop table ", ""),
    ("pragma ", ""),
];

#[test]
fn sql_is_written_only_in_the_store() {
    let findings: Vec<String> = files()
        .iter()
        .filter(|file| {
            file.is_rust()
                && !MAY_HAVE_SQL
                    .iter()
                    .any(|start| file.path.starts_with(start))
        })
        .flat_map(sql_in)
        .collect();
    expect_none(&findings);
}

#[test]
fn sql_in_a_literal_is_reported() {
    let lines = [
        concat!(
            "let rows = connection.prepare(\"sel",
            "ect id, due_at from lanes\")?;"
        ),
        "    r#\"INSERT INTO lanes (id) values (?1)\"#,",
        "        update lanes set due_at = ?1",
    ];
    for line in lines {
        let findings = sql_in(&TextFile::new("crates/engine/src/planning.rs", line));
        assert_eq!(findings.len(), 1, "{line}");
    }
}

#[test]
fn sentences_and_comments_are_no_sql() {
    let lines = [
        "// select the due lanes from the store, oldest first",
        "let text = \"Choose what to update, and set a policy\";",
        "let text = \"Select a pair from the list\";",
        "/// Never issues a \"select id from lanes\" itself.",
        "update(lanes).set(due)",
    ];
    for line in lines {
        assert!(
            sql_in(&TextFile::new("crates/engine/src/planning.rs", line)).is_empty(),
            "{line}"
        );
    }
}

fn sql_in(file: &TextFile) -> Vec<String> {
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let line = line.trim();
        if !line.starts_with("//") && looks_like_sql(line) {
            findings.push(format!(
                "{}:{}: looks like SQL; make it a transaction of the store, named for what it means",
                file.path,
                index + 1
            ));
        }
    }
    findings
}

fn looks_like_sql(line: &str) -> bool {
    // A statement begins a literal, or a line inside a literal of several lines.
    let literals = line.split('"').skip(1).map(str::trim_start);
    std::iter::once(line).chain(literals).any(|text| {
        STATEMENTS.iter().any(|(start, rest)| {
            let shouted = start.to_uppercase();
            // "Select …" with a capital begins a sentence for a person.
            let begins = text.starts_with(start) || text.starts_with(&shouted);
            begins
                && format!(" {}", &text[start.len()..])
                    .to_lowercase()
                    .contains(rest)
        })
    })
}
