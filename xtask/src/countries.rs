//! `cargo xtask countries`: writes the table of country names that `model` compiles in.
//!
//! In: the CLDR packages `cldr-localenames-full` (names) and `cldr-core` (three-letter codes), installed
//! with npm into a folder under `target`. Out: `crates/model/src/canonical/country_names.tsv`. Run it by
//! hand when CLDR has a new version; nothing else calls it, and a build needs no network.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde_json::Value;

const CLDR_VERSION: &str = "48.2.0";
/// Bokmål is CLDR's `no`; its `nb` says only that it is the same.
const LANGUAGES: [&str; 6] = ["en", "sv", "no", "nn", "da", "fi"];
const COUNTRIES: usize = 249;
/// Numeric codes from here on are for private use (Kosovo, the European Union).
const PRIVATE_FROM: u16 = 900;
const TABLE: &str = "crates/model/src/canonical/country_names.tsv";

/// What people type and CLDR leaves out: parts that stand for the whole, older and longer names, and
/// what neighbours call themselves.
const EXTRA_SPELLINGS: [(&str, &[&str]); 33] = [
    ("AE", &["UAE", "Emirates", "Emiraten"]),
    ("AT", &["Österreich"]),
    ("BE", &["België", "Belgique"]),
    ("CH", &["Schweiz", "Suisse", "Svizzera"]),
    ("CN", &["People's Republic of China"]),
    (
        "CZ",
        &["Tjeckiska republiken", "Tjekkiske republik", "Česko"],
    ),
    ("DE", &["Deutschland", "Federal Republic of Germany"]),
    ("DK", &["Kongeriget Danmark", "Kingdom of Denmark"]),
    ("EE", &["Eesti"]),
    ("ES", &["España"]),
    ("FI", &["Republic of Finland"]),
    ("FR", &["République française"]),
    (
        "GB",
        &[
            "England",
            "Scotland",
            "Wales",
            "Northern Ireland",
            "Great Britain",
            "Britain",
            "Skottland",
            "Nordirland",
            "Nord-Irland",
            "Englanti",
            "Skotlanti",
            "Förenade kungariket",
            "Det forente kongerike",
            "Det forenede kongerige",
            "United Kingdom of Great Britain and Northern Ireland",
            "Isobritannia",
        ],
    ),
    ("GR", &["EL", "Hellas"]),
    ("HU", &["Magyarország"]),
    ("IE", &["Éire", "Republic of Ireland"]),
    ("IS", &["Ísland"]),
    ("IT", &["Italia"]),
    ("KR", &["Korea", "Republic of Korea"]),
    ("LT", &["Lietuva"]),
    ("LU", &["Lëtzebuerg"]),
    ("LV", &["Latvija"]),
    ("NL", &["Holland", "Hollanti", "Nederland"]),
    ("NO", &["Kingdom of Norway", "Kongeriket Norge"]),
    ("PL", &["Polska"]),
    ("PT", &["Portugal"]),
    ("RO", &["România"]),
    ("RU", &["Russian Federation", "Ryska federationen"]),
    ("SE", &["Kingdom of Sweden", "Konungariket Sverige"]),
    ("SK", &["Slovensko", "Slovak Republic"]),
    ("SY", &["Syrian Arab Republic"]),
    ("TR", &["Turkiye"]),
    (
        "US",
        &[
            "USA",
            "United States of America",
            "America",
            "Amerika",
            "Förenta staterna",
            "Amerikas förenta stater",
            "De forente stater",
            "De forenede stater",
            "Dei sameinte statane",
        ],
    ),
];

pub(crate) fn run() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask has a folder above it")?;
    let packages = install(&root.join("target/countries"))?;
    let table = write_table(&packages)?;
    let path = root.join(TABLE);
    fs::write(&path, table).with_context(|| format!("could not write {}", path.display()))
}

fn install(folder: &Path) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
    let status = Command::new("npm")
        .args([
            "install",
            "--no-save",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--prefix",
        ])
        .arg(folder)
        .arg(format!("cldr-localenames-full@{CLDR_VERSION}"))
        .arg(format!("cldr-core@{CLDR_VERSION}"))
        .status()
        .context("could not start npm, which fetches the CLDR data; install Node.js first")?;
    ensure!(
        status.success(),
        "npm could not install the CLDR packages; its own message is above"
    );
    Ok(folder.join("node_modules"))
}

fn write_table(packages: &Path) -> anyhow::Result<String> {
    let alpha3 = alpha3_codes(packages)?;
    ensure!(
        alpha3.len() == COUNTRIES,
        "CLDR lists {} countries, not {COUNTRIES}; see what changed",
        alpha3.len()
    );
    let mut table = format!(
        "# Country names of CLDR {CLDR_VERSION}, © Unicode, Inc., used under the Unicode License v3 (Unicode-3.0).\n\
         # Written by `cargo xtask countries`; do not edit. Columns: alpha-2, alpha-3, English, other names.\n"
    );
    let names: Vec<Value> = LANGUAGES
        .iter()
        .map(|language| territories(packages, language))
        .collect::<anyhow::Result<_>>()?;
    for (code, alpha3) in &alpha3 {
        let english = names[0][code]
            .as_str()
            .with_context(|| format!("{code} has no English name"))?;
        let mut others: Vec<&str> = Vec::new();
        let translated = names.iter().flat_map(|language| names_of(language, code));
        for name in translated.chain(extra_spellings(code).iter().copied()) {
            if name != english && !others.contains(&name) {
                others.push(name);
            }
        }
        writeln!(table, "{code}\t{alpha3}\t{english}\t{}", others.join("|"))?;
    }
    Ok(table)
}

/// The three-letter codes of the countries of ISO 3166-1, by their two-letter codes.
fn alpha3_codes(packages: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let file = read_json(&packages.join("cldr-core/supplemental/codeMappings.json"))?;
    let mappings = file["supplemental"]["codeMappings"]
        .as_object()
        .context("cldr-core has another shape now")?;
    let known = territories(packages, "en")?;
    let mut codes = BTreeMap::new();
    for (code, mapping) in mappings {
        let numeric: Option<u16> = mapping["_numeric"]
            .as_str()
            .and_then(|number| number.parse().ok());
        let is_country = code.len() == 2 && numeric.is_some_and(|number| number < PRIVATE_FROM);
        if let Some(alpha3) = mapping["_alpha3"]
            .as_str()
            .filter(|_| is_country && known[code].is_string())
        {
            codes.insert(code.clone(), alpha3.to_owned());
        }
    }
    Ok(codes)
}

fn territories(packages: &Path, language: &str) -> anyhow::Result<Value> {
    let path = packages.join(format!(
        "cldr-localenames-full/main/{language}/territories.json"
    ));
    let mut file = read_json(&path)?;
    let names = file["main"][language]["localeDisplayNames"]["territories"].take();
    ensure!(
        names.is_object(),
        "{} has another shape now",
        path.display()
    );
    Ok(names)
}

fn read_json(path: &Path) -> anyhow::Result<Value> {
    let text =
        fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))
}

/// The name, then its short and variant forms. A name of another part of the country is left out.
fn names_of<'a>(language: &'a Value, code: &str) -> impl Iterator<Item = &'a str> {
    ["", "-alt-short", "-alt-variant"]
        .map(|form| language[format!("{code}{form}")].as_str())
        .into_iter()
        .flatten()
}

fn extra_spellings(code: &str) -> &'static [&'static str] {
    EXTRA_SPELLINGS
        .iter()
        .find(|(country, _)| *country == code)
        .map_or(&[], |(_, names)| *names)
}
