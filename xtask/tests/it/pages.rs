//! Pages lead somewhere: every relative link and picture of a markdown page is a file of the repository.

use crate::repository::{TextFile, expect_none, files, root};

#[test]
fn every_relative_link_of_a_page_leads_to_a_file() {
    let mut findings = Vec::new();
    for page in files().iter().filter(|file| file.path.ends_with(".md")) {
        let folder = page.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for target in relative_links(page) {
            if !root().join(folder).join(&target).exists() {
                findings.push(format!(
                    "{}: the link to `{target}` leads nowhere; write the file or remove the link",
                    page.path
                ));
            }
        }
    }
    expect_none(&findings);
}

#[test]
fn links_to_other_hosts_and_headings_are_left_alone() {
    let text = "See [the map](ARCHITECTURE.md#crates), ![the flow](docs/images/flow.svg), [a spec](https://example.com/spec.md) and [below](#limits).";
    let links = relative_links(&TextFile::new("README.md", text));
    assert_eq!(links, ["ARCHITECTURE.md", "docs/images/flow.svg"]);
}

fn relative_links(page: &TextFile) -> Vec<String> {
    page.text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next())
        .filter(|target| {
            !target.contains("://") && !target.starts_with('#') && !target.starts_with("mailto:")
        })
        .map(|target| target.split('#').next().unwrap_or(target).to_owned())
        .collect()
}
