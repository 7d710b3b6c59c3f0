//! The example documents every setting and says the truth about the defaults.

use app::config::{Config, EXAMPLE, Environment, setting_paths};

/// The example with every setting taken out of its comment.
fn all_settings() -> String {
    let uncommented = EXAMPLE.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if setting.starts_with(|c: char| c.is_ascii_alphabetic() || c == '[') => {
            setting
        }
        Some(_) | None => line,
    });
    uncommented.collect::<Vec<_>>().join("\n")
}

fn read(source: &str) -> Config {
    Config::read("example.toml", source, &Environment::default())
        .unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn every_setting_is_documented_in_the_example() {
    let source = all_settings();
    let file = toml_span::parse(&source).unwrap();
    let missing: Vec<_> = setting_paths()
        .into_iter()
        .filter(|path| {
            file.pointer(&format!("/{}", path.replace('.', "/")))
                .is_none()
        })
        .collect();
    assert!(
        missing.is_empty(),
        "add these to example.toml, commented, with their defaults: {missing:?}"
    );
}

#[test]
fn the_example_is_at_the_defaults_with_and_without_its_comments() {
    let defaults = read("");
    assert_eq!(read(EXAMPLE), defaults);
    assert_eq!(read(&all_settings()), defaults);
}

#[test]
fn every_section_explains_itself() {
    for section in EXAMPLE.split("\n[").skip(1) {
        let has_remark = section.lines().any(|line| line.starts_with("# "));
        // The fields of organizations are explained with those of persons.
        assert!(
            has_remark || section.starts_with("sync.person]"),
            "no remark in [{section}"
        );
    }
}
