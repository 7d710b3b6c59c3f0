//! Is this new record someone we know?

use model::{Entity, Field, PairId, Record, RecordKey};

use super::toy::text;
use crate::{Candidate, MatchDecision, MatchRule, Suggestion, choose_match};

fn named(name: &str) -> Record {
    Record::default().with(Field::PersonName, text(name))
}

fn person(id: i64) -> RecordKey {
    RecordKey::new(Entity::Person, id)
}

fn contact(id: &str) -> RecordKey {
    RecordKey::new(Entity::Contact, id)
}

fn found<'a>(key: RecordKey, record: &'a Record, rules: &[MatchRule]) -> Candidate<'a> {
    Candidate {
        key,
        record,
        rules: rules.to_vec(),
        pair: None,
        pair_lost_own_side: false,
    }
}

fn paired(candidate: Candidate<'_>) -> Candidate<'_> {
    Candidate {
        pair: Some(PairId(9)),
        ..candidate
    }
}

fn bereaved(candidate: Candidate<'_>) -> Candidate<'_> {
    Candidate {
        pair_lost_own_side: true,
        ..paired(candidate)
    }
}

/// The new record is person 12, Ann Berg.
fn choose(candidates: &[Candidate<'_>], rivals: &[Candidate<'_>]) -> MatchDecision {
    choose_match(&person(12), &named("Ann Berg"), candidates, rivals)
}

fn pairs(id: &str, rule: MatchRule) -> MatchDecision {
    MatchDecision::Pair {
        candidate: contact(id),
        rule,
    }
}

fn reason(decision: MatchDecision) -> String {
    let MatchDecision::Ambiguous { reason } = decision else {
        panic!("ambiguous expected: {decision:?}")
    };
    reason
}

#[test]
fn nobody_known_is_created() {
    assert_eq!(
        choose(&[], &[]),
        MatchDecision::Create {
            suggestions: Vec::new()
        }
    );
}

#[test]
fn the_only_candidate_of_a_rule_is_the_match() {
    let ann = named("A. Berg");
    for rule in [
        MatchRule::Marker,
        MatchRule::Email,
        MatchRule::Domain,
        MatchRule::OrganizationNumber,
    ] {
        assert_eq!(
            choose(&[found(contact("c-1"), &ann, &[rule])], &[]),
            pairs("c-1", rule)
        );
    }
}

#[test]
fn the_strongest_rule_decides() {
    let ann = named("Ann Berg");
    let candidates = [
        found(contact("c-1"), &ann, &[MatchRule::Email]),
        found(contact("c-2"), &ann, &[MatchRule::Marker]),
    ];
    assert_eq!(choose(&candidates, &[]), pairs("c-2", MatchRule::Marker));
}

#[test]
fn a_marker_of_a_pair_that_lost_its_record_repoints_the_pair() {
    let ann = named("Ann Berg");
    for rule in [MatchRule::Marker, MatchRule::Email] {
        let decision = choose(&[bereaved(found(contact("c-1"), &ann, &[rule]))], &[]);
        assert_eq!(
            decision,
            MatchDecision::Repoint {
                pair: PairId(9),
                candidate: contact("c-1")
            }
        );
    }
}

#[test]
fn a_marker_of_a_record_paired_with_another_is_for_a_person() {
    let ann = named("Ann Berg");
    let reason = reason(choose(
        &[paired(found(
            contact("c-1"),
            &ann,
            &[MatchRule::Marker, MatchRule::Email],
        ))],
        &[],
    ));
    assert!(reason.contains("is it a copy"), "{reason}");
}

#[test]
fn two_records_marked_as_the_counterpart_are_for_a_person() {
    let ann = named("Ann Berg");
    let candidates = [
        found(contact("c-2"), &ann, &[MatchRule::Marker]),
        found(contact("c-1"), &ann, &[MatchRule::Marker]),
    ];
    let reason = reason(choose(&candidates, &[]));
    assert_eq!(
        reason,
        "person/12 could be any of contact/c-1, contact/c-2, which all are marked as its counterpart"
    );
}

#[test]
fn an_address_that_is_taken_is_for_a_person_in_pipedrive() {
    let ann = named("Ann Berg");
    let reason = reason(choose(
        &[paired(found(contact("c-1"), &ann, &[MatchRule::Email]))],
        &[],
    ));
    assert!(
        reason.contains("Propstreet refuses a second contact"),
        "{reason}"
    );
}

#[test]
fn an_address_that_is_taken_is_no_obstacle_for_a_new_contact() {
    let ann = named("Ann Berg");
    let taken = paired(found(person(3), &ann, &[MatchRule::Email]));
    let decision = choose_match(&contact("c-1"), &ann, &[taken], &[]);
    let suggestion = Suggestion {
        candidate: person(3),
        rule: MatchRule::Email,
        similarity: 1.0,
    };
    assert_eq!(
        decision,
        MatchDecision::Create {
            suggestions: vec![suggestion]
        }
    );
}

#[test]
fn a_domain_that_is_taken_leaves_the_question_to_the_organization_number() {
    let (kept, other) = (named("x"), named("y"));
    let candidates = [
        paired(found(contact("c-1"), &kept, &[MatchRule::Domain])),
        found(contact("c-2"), &other, &[MatchRule::OrganizationNumber]),
    ];
    assert_eq!(
        choose(&candidates, &[]),
        pairs("c-2", MatchRule::OrganizationNumber)
    );
}

#[test]
fn of_several_candidates_the_namesake_is_the_match() {
    let (ann, bo) = (named("ANN  BÉRG"), named("Bo Berg"));
    let candidates = [
        found(contact("c-1"), &bo, &[MatchRule::Email]),
        found(contact("c-2"), &ann, &[MatchRule::Email]),
    ];
    assert_eq!(choose(&candidates, &[]), pairs("c-2", MatchRule::Email));
}

#[test]
fn several_candidates_without_one_namesake_are_for_a_person() {
    let (bo, eva, ann) = (named("Bo Berg"), named("Eva Berg"), named("Ann Berg"));
    let email = [MatchRule::Email];
    let strangers = [
        found(contact("c-1"), &bo, &email),
        found(contact("c-2"), &eva, &email),
    ];
    assert!(reason(choose(&strangers, &[])).contains("have its e-mail address"));
    let namesakes = [
        found(contact("c-1"), &ann, &email),
        found(contact("c-2"), &ann, &email),
    ];
    assert!(reason(choose(&namesakes, &[])).contains("contact/c-1, contact/c-2"));
}

#[test]
fn records_without_a_name_are_no_namesakes() {
    let (nameless, bo) = (Record::default(), named("Bo"));
    let email = [MatchRule::Email];
    let candidates = [
        found(contact("c-1"), &nameless, &email),
        found(contact("c-2"), &bo, &email),
    ];
    let decision = choose_match(&person(12), &nameless, &candidates, &[]);
    assert!(matches!(decision, MatchDecision::Ambiguous { .. }));
}

#[test]
fn a_rival_of_the_candidates_name_goes_first() {
    let (bo, ann) = (named("Bo Berg"), named("Ann Berg"));
    let email = [MatchRule::Email];
    let decision = choose(
        &[found(contact("c-1"), &bo, &email)],
        &[found(person(13), &bo, &email)],
    );
    assert_eq!(decision, MatchDecision::WaitForRival { rival: person(13) });
    let decision = choose(
        &[found(contact("c-1"), &ann, &email)],
        &[found(person(3), &bo, &email)],
    );
    assert_eq!(decision, pairs("c-1", MatchRule::Email));
}

#[test]
fn between_rivals_alike_the_lowest_number_goes_first() {
    let ann = named("Ann Berg");
    let email = [MatchRule::Email];
    let candidates = [found(contact("c-1"), &ann, &email)];
    let decision = choose(
        &candidates,
        &[
            found(person(13), &ann, &email),
            found(person(3), &ann, &email),
        ],
    );
    assert_eq!(decision, MatchDecision::WaitForRival { rival: person(3) });
    assert_eq!(
        choose(&candidates, &[found(person(100), &ann, &email)]),
        pairs("c-1", MatchRule::Email)
    );
}

#[test]
fn exactly_one_of_several_rivals_goes_first() {
    let (ann, bo) = (named("Ann Berg"), named("Bo Berg"));
    let email = [MatchRule::Email];
    let field = [
        (person(4), &bo),
        (person(12), &ann),
        (person(30), &ann),
        (person(31), &bo),
    ];
    let goes_first = |at: usize| {
        let rivals: Vec<_> = field
            .iter()
            .map(|(key, record)| found(key.clone(), record, &email))
            .collect();
        let decision = choose_match(
            &field[at].0,
            field[at].1,
            &[found(contact("c-1"), &ann, &email)],
            &rivals,
        );
        matches!(decision, MatchDecision::Pair { .. })
    };
    let first: Vec<usize> = (0..field.len()).filter(|at| goes_first(*at)).collect();
    assert_eq!(first, [1]);
}

#[test]
fn a_record_that_shares_another_key_or_has_a_pair_is_no_rival() {
    let ann = named("Ann Berg");
    let candidates = [found(contact("c-1"), &ann, &[MatchRule::Email])];
    let others = [
        found(person(1), &ann, &[MatchRule::PhoneAndName]),
        paired(found(person(2), &ann, &[MatchRule::Email])),
        found(person(12), &ann, &[MatchRule::Email]),
    ];
    assert_eq!(choose(&candidates, &others), pairs("c-1", MatchRule::Email));
}

#[test]
fn phone_and_name_are_only_suggested_and_the_likeliest_first() {
    let (ann, anna, bo) = (named("Ann Berg"), named("Anna Berg"), named("Bo Lind"));
    let phone = [MatchRule::PhoneAndName];
    let candidates = [
        found(contact("c-1"), &bo, &phone),
        found(contact("c-2"), &anna, &[MatchRule::SimilarName]),
        found(contact("c-3"), &ann, &phone),
    ];
    let MatchDecision::Create { suggestions } = choose(&candidates, &[]) else {
        panic!("created")
    };
    let order: Vec<String> = suggestions
        .iter()
        .map(|suggestion| suggestion.candidate.id.to_string())
        .collect();
    assert_eq!(order, ["c-3", "c-1", "c-2"]);
    assert!((0.0..=1.0).contains(&suggestions[2].similarity));
}

#[test]
fn a_flood_of_suggestions_is_cut() {
    let bo = named("Bo Berg");
    let many: Vec<_> = (0..40)
        .map(|id| found(contact(&format!("c-{id}")), &bo, &[MatchRule::SimilarName]))
        .collect();
    let MatchDecision::Create { suggestions } = choose(&many, &[]) else {
        panic!("created")
    };
    assert_eq!(suggestions.len(), 5);
}
