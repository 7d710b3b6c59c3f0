//! The made-up book: what both emulators may rely on.

use rustc_hash::FxHashSet;

use super::{Brokerage, Country};

#[test]
fn the_same_seed_gives_the_same_book() {
    let one = Brokerage::generate(5, 40, 120);
    let two = Brokerage::generate(5, 40, 120);
    let other = Brokerage::generate(6, 40, 120);
    let names = |book: &Brokerage| {
        book.people
            .iter()
            .map(super::Person::full_name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&one), names(&two));
    assert_ne!(names(&one), names(&other));
    assert_eq!((one.companies.len(), one.people.len()), (40, 120));
}

#[test]
fn every_organization_number_passes_its_countrys_check() {
    let book = Brokerage::generate(1, 2_000, 0);
    for company in &book.companies {
        let number = &company.organization_number;
        assert!(
            company.country.accepts_organization_number(number),
            "{number} of {:?}",
            company.country
        );
    }
}

#[test]
fn the_check_digits_are_those_of_the_registries() {
    // Worked out by hand from each register's published rule.
    assert!(Country::Sweden.accepts_organization_number("556000-0001") == (luhn("5560000001")));
    assert!(Country::Norway.accepts_organization_number("123 456 785"));
    assert!(!Country::Norway.accepts_organization_number("123 456 784"));
    assert!(Country::Denmark.accepts_organization_number("12345674"));
    assert!(Country::Finland.accepts_organization_number("1234567-1"));
    assert!(!Country::Finland.accepts_organization_number("1234567-2"));
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .chars()
        .rev()
        .enumerate()
        .map(|(place, letter)| {
            let digit = letter.to_digit(10).unwrap();
            if place % 2 == 1 {
                if digit > 4 { digit * 2 - 9 } else { digit * 2 }
            } else {
                digit
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[test]
fn domains_and_work_addresses_belong_to_one_each() {
    let book = Brokerage::generate(2, 20_000, 30_000);
    let domains: FxHashSet<&str> = book
        .companies
        .iter()
        .map(|company| company.domain.as_str())
        .collect();
    assert_eq!(domains.len(), book.companies.len());
    let addresses: Vec<&String> = book
        .people
        .iter()
        .filter_map(|person| person.emails.first())
        .collect();
    let distinct: FxHashSet<&&String> = addresses.iter().collect();
    assert_eq!(distinct.len(), addresses.len());
    assert!(addresses.len() > 25_000);
}

#[test]
fn the_book_has_the_names_that_are_hard_to_split() {
    let book = Brokerage::generate(3, 500, 5_000);
    let any = |test: fn(&super::Person) -> bool| book.people.iter().any(test);
    assert!(any(|person| person.last_name.starts_with("von ")));
    assert!(any(|person| person.first_name.contains('-')));
    assert!(any(|person| person
        .phones
        .first()
        .is_some_and(|phone| phone.starts_with('0'))));
    assert!(any(|person| person
        .phones
        .first()
        .is_some_and(|phone| phone.starts_with('+'))));
    assert!(any(|person| person.emails.is_empty()));
}
