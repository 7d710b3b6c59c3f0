//! Who may install, and what would be typed.

use super::{C_COMPILER, Consent, Packages, consent, installation, says_ci};

fn packages_of(manager: &str) -> &'static Packages {
    C_COMPILER
        .iter()
        .find(|packages| packages.manager == manager)
        .unwrap()
}

#[test]
fn nothing_is_installed_without_a_yes() {
    assert_eq!(consent(false, true), Consent::Ask);
    assert_eq!(consent(false, false), Consent::Missing);
}

#[test]
fn a_machine_that_sets_ci_is_not_asked() {
    assert_eq!(consent(true, false), Consent::Given);
    assert_eq!(consent(true, true), Consent::Given);
}

#[test]
fn an_empty_or_negative_ci_counts_as_unset() {
    for value in [None, Some(""), Some("0"), Some("false")] {
        assert!(!says_ci(value), "{value:?}");
    }
    for value in [Some("true"), Some("1"), Some("yes")] {
        assert!(says_ci(value), "{value:?}");
    }
}

#[test]
fn the_list_of_packages_is_refreshed_before_it_is_used() {
    let commands = installation(packages_of("apt-get"), true);
    assert_eq!(commands[0], ["apt-get", "update"]);
    assert_eq!(
        commands[1],
        [
            "apt-get",
            "install",
            "--yes",
            "--no-install-recommends",
            "gcc",
            "libc6-dev",
            "make"
        ]
    );
}

#[test]
fn a_user_who_is_not_root_goes_through_sudo() {
    let commands = installation(packages_of("apk"), false);
    assert_eq!(
        commands,
        [["sudo", "apk", "add", "gcc", "musl-dev", "make"]]
    );
}

#[test]
fn the_apple_installer_asks_for_rights_by_itself() {
    let commands = installation(packages_of("xcode-select"), false);
    assert_eq!(commands, [["xcode-select", "--install"]]);
}
