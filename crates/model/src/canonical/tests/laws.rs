//! What holds for every canonical form and every text: the form of a form is itself, nothing panics,
//! and long or twisted texts are answered like any other.

use proptest::prelude::*;

use crate::canonical::country::{Country, country};
use crate::canonical::domain::{domain, is_mailbox_provider, registrable};
use crate::canonical::email::email;
use crate::canonical::name::{join_name, split_name};
use crate::canonical::organization_number::{OrganizationNumber, organization_number};
use crate::canonical::phone::phone;
use crate::canonical::similarity::name_similarity;
use crate::canonical::text::{fold, multiline, text};

/// Texts of the kind that breaks parsers: any Unicode, marks without letters, and near misses of values.
fn hostile() -> impl Strategy<Value = String> {
    let twisted = "[ \t\r\n\u{0}\u{a0}\u{200b}\u{202e}\u{300}-\u{310}İıßŒÅåéǅﬃ℡①٣＋+@.,:;/#()a-cA-C0-9xX-]{0,40}";
    prop_oneof![
        any::<String>(),
        twisted,
        "[+]?[0-9 ()./x#-]{3,24}( ?(ext|ankn|mobil|x) ?[0-9]{0,6})?",
        "(https?://|www\\.|mailto:)?[a-zåäö0-9@.-]{1,20}\\.(se|com|co\\.uk|test)[/:?#]?[0-9a-z]{0,5}",
        "(Org\\.?nr:? ?|SE|NO|DK-|FI)?[0-9]{6,9}-?[0-9]{1,6}( ?MVA|01)?",
        "[A-ZÅÄÖa-zåäö.,'-]{1,9}( (von|af|de|la|Da|Jr\\.|III|\\(Jocke\\)|[A-ZÅÄÖa-z,.'-]{1,9})){0,6}",
    ]
}

fn any_country() -> impl Strategy<Value = Option<Country>> {
    proptest::option::of(prop_oneof![
        Just(Country::SWEDEN),
        Just(Country::NORWAY),
        Just(Country::DENMARK),
        Just(Country::FINLAND)
    ])
}

fn again(
    form: Option<&str>,
    canonical: impl Fn(&str) -> Option<String>,
) -> Result<(), TestCaseError> {
    if let Some(form) = form {
        let second = canonical(form);
        prop_assert_eq!(second.as_deref(), Some(form));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_canonical_form_of_a_canonical_form_is_itself(raw in hostile(), home in any_country(), other in any_country()) {
        again(text(&raw).as_deref(), text)?;
        again(multiline(&raw).as_deref(), multiline)?;
        again(email(&raw).as_deref(), email)?;
        again(domain(&raw).as_deref(), domain)?;
        again(registrable(&raw).as_deref(), registrable)?;
        again(phone(&raw, home).as_deref(), |form| phone(form, other))?;
        prop_assert_eq!(fold(&fold(&raw)), fold(&raw));
    }

    #[test]
    fn a_name_that_was_split_joins_to_what_it_was(raw in hostile()) {
        let name = split_name(&raw);
        prop_assert_eq!(join_name(name.given.as_deref(), name.family.as_deref()), text(&raw));
    }

    #[test]
    fn parts_that_are_canonical_stay_so(raw in hostile()) {
        let name = split_name(&raw);
        again(name.given.as_deref(), text)?;
        again(name.family.as_deref(), text)?;
    }

    #[test]
    fn an_organization_number_reads_back_from_what_is_shown_and_from_its_reference(raw in hostile(), hint in any_country()) {
        if let Some(number) = organization_number(&raw, hint) {
            prop_assert_eq!(organization_number(&number.display(), Some(number.country)), Some(number.clone()));
            prop_assert_eq!(OrganizationNumber::from_reference(&number.namespace(), &number.digits), Some(number));
        }
    }

    #[test]
    fn any_number_with_a_right_check_digit_is_read(front in 100_000_000_u32..999_999_999) {
        let fits = (0..10).filter(|check| organization_number(&format!("{front}{check}"), Some(Country::SWEDEN)).is_some());
        prop_assert_eq!(fits.count(), 1);
    }

    #[test]
    fn likeness_is_the_same_in_either_order_and_whole_with_itself(a in hostile(), b in hostile()) {
        let likeness = name_similarity(&a, &b);
        prop_assert!((0.0..=1.0).contains(&likeness));
        prop_assert!((likeness - name_similarity(&b, &a)).abs() < 1e-12);
        let itself = name_similarity(&a, &a);
        prop_assert!(itself.abs() < 1e-12 || (itself - 1.0).abs() < 1e-12);
    }

    #[test]
    fn countries_and_mailbox_providers_are_answered_for_any_text(raw in hostile()) {
        if let Some(found) = country(&raw) {
            prop_assert_eq!(country(found.english_name()), Some(found));
        }
        if is_mailbox_provider(&raw) {
            prop_assert!(domain(&raw).is_some());
        }
    }
}

#[test]
fn a_hundred_kilobytes_of_anything_are_answered() {
    for unit in [
        "a", " ", "0", "+46", "a@", "a.", "(", "\u{301}", "Å", "von ", "İ", "http://", "x1",
        "\r\n", ";ext=1",
    ] {
        let long = unit.repeat(100_000 / unit.len());
        assert_eq!(phone(&long, Some(Country::SWEDEN)), None);
        assert_eq!(email(&long), None);
        assert_eq!(domain(&long), None);
        assert_eq!(country(&long), None);
        assert_eq!(organization_number(&long, None), None);
        let name = split_name(&long);
        assert_eq!(
            join_name(name.given.as_deref(), name.family.as_deref()),
            text(&long)
        );
        assert!(fold(&long).len() <= 4 * long.len());
        assert!(multiline(&long).is_none_or(|lines| lines.len() <= long.len()));
        assert!(name_similarity(&long, &long) <= 1.0);
    }
}
