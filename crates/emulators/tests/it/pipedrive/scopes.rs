//! An access token opens what its scopes cover, call by call as documented, and nothing else.

use emulators::pipedrive::OauthConfig;
use http::Method;

use super::oauth::App;

/// Method, path, and the scopes of which one is enough.
const DOCUMENTED: &str = include_str!("../../data/oauth-scopes.txt");
const BEYOND: &str = "Scope and URL mismatch";
const ALL: [&str; 18] = [
    "deals:read",
    "deals:full",
    "contacts:read",
    "contacts:full",
    "activities:read",
    "activities:full",
    "leads:read",
    "leads:full",
    "products:read",
    "products:full",
    "users:read",
    "search:read",
    "recents:read",
    "deal-fields:full",
    "contact-fields:full",
    "product-fields:full",
    "admin",
    "mail:full",
];

/// An app with these scopes, and `base` as always.
fn app_with(scopes: &[&str]) -> (App, String) {
    let mut app = App::with(OauthConfig {
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        ..OauthConfig::default()
    });
    app.account
        .emulator
        .set_limits(emulators::pipedrive::Limits::Off);
    let access = app.log_in().access;
    (app, access)
}

fn documented() -> Vec<(Method, String, Vec<&'static str>)> {
    let lines = DOCUMENTED.lines().map(|line| {
        let mut words = line.split(' ');
        let method = words.next().unwrap().parse().unwrap();
        let path = words.next().unwrap();
        let parts = path
            .split('/')
            .map(|part| if part.starts_with('{') { "1" } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        (method, path, words.collect())
    });
    lines.collect()
}

#[test]
fn each_documented_scope_opens_its_calls() {
    for scope in ALL {
        let (mut app, access) = app_with(&[scope]);
        for (method, path, enough) in documented() {
            if enough.contains(&scope) {
                let seen = app.call(&method, &path, &access);
                // A built-in field, for one, is refused with 403, too, and for another reason.
                assert_ne!(seen.json()["error"], BEYOND, "{method} {path} with {scope}");
            }
        }
    }
}

#[test]
fn all_other_scopes_together_open_none_of_them() {
    let families: std::collections::BTreeSet<Vec<&str>> = documented()
        .into_iter()
        .map(|(.., enough)| enough)
        .collect();
    for enough in families {
        if enough == ["base"] {
            continue;
        }
        let others: Vec<&str> = ALL
            .into_iter()
            .filter(|scope| !enough.contains(scope))
            .collect();
        let (mut app, access) = app_with(&others);
        let calls = documented();
        let of_family = calls.iter().filter(|(.., scopes)| *scopes == enough);
        for (method, path, _) in of_family {
            let seen = app.call(method, path, &access);
            assert_eq!(seen.status, 403, "{method} {path} without {enough:?}");
            assert_eq!(seen.json()["error"], BEYOND);
        }
        assert!(app.account.emulator.counters().oauth.beyond_scope > 0);
    }
}

#[test]
fn what_is_open_to_every_app_needs_no_scope() {
    let (mut app, access) = app_with(&[]);
    let seen = app.call(&Method::GET, "/v1/users/me", &access);
    assert_eq!(seen.status, 200);
}
