//! Records are read the cheapest way there is.

use pipedrive::cost::OPERATIONS;
use pipedrive::{ReadCover, Verb, cheapest_cover};

#[test]
fn few_are_read_one_by_one_and_many_by_pages() {
    let table = [
        (0, 0, 0, 0),
        (1, 0, 1, 1),
        (9, 0, 9, 9),
        (10, 1, 0, 10),
        (100, 1, 0, 10),
        (103, 1, 3, 13),
        (110, 2, 0, 20),
        (250, 3, 0, 30),
    ];
    for (records, pages, singles, tokens) in table {
        let cover = cheapest_cover(records, None);
        assert_eq!(cover, ReadCover::ById { pages, singles }, "{records}");
        assert_eq!(cover.tokens(), tokens, "{records}");
    }
}

#[test]
fn a_delta_is_read_where_it_shows_enough_for_its_price() {
    assert_eq!(
        cheapest_cover(300, Some(480)),
        ReadCover::Delta { pages: 1 }
    );
    assert_eq!(
        cheapest_cover(3, Some(40)),
        ReadCover::ById {
            pages: 0,
            singles: 3
        }
    );
    assert_eq!(
        cheapest_cover(120, Some(5_000)),
        ReadCover::ById {
            pages: 2,
            singles: 0
        },
        "ten pages of what was not asked for cost more"
    );
}

#[test]
fn a_delta_never_has_fewer_rows_than_it_has_to_show() {
    let too_low = cheapest_cover(2_000, Some(1));
    assert_eq!(too_low, ReadCover::Delta { pages: 4 });
    assert_eq!(cheapest_cover(0, Some(0)).tokens(), 0);
}

#[test]
fn no_way_that_covers_them_costs_less() {
    for records in 0_usize..450 {
        let best = cheapest_cover(records, None).tokens();
        for pages in 0..=5 {
            let singles = records.saturating_sub(pages * 100);
            let other = ReadCover::ById { pages, singles };
            assert!(best <= other.tokens(), "{records} by {other:?}");
        }
    }
}

#[test]
fn the_five_kinds_that_are_read_so_have_one_price() {
    for kind in [
        "deals",
        "persons",
        "organizations",
        "activities",
        "products",
    ] {
        let price = |path: &str| {
            let found = OPERATIONS
                .iter()
                .find(|one| one.path == path && one.verb == Verb::Get);
            found.unwrap().tokens
        };
        assert_eq!(price(&format!("/api/v2/{kind}")), 10, "{kind}");
        assert_eq!(price(&format!("/api/v2/{kind}/{{id}}")), 1, "{kind}");
    }
}
