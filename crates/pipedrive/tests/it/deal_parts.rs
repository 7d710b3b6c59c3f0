//! Who takes part in a deal, what is sold in it and who follows, through the client and back.

use api_client::{CallError, Patch};
use pipedrive::{DealBody, DealProductBody, Followed, ListQuery, PriceBody, Product, ProductBody};

use crate::deal_world::{number, person, titled};
use crate::world::{CHANGE, World};

#[test]
fn participants_come_and_go_by_their_own_number() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let (first, second) = (
            person(&world, "Astrid Berg").await,
            person(&world, "Nils Dahl").await,
        );
        let body = DealBody {
            person_id: Patch::Set(first),
            ..titled("Warehouse")
        };
        let deal = client.create_deal(&body, &CHANGE).await.unwrap().value.id;
        let added = client
            .add_participant(deal, second, &CHANGE)
            .await
            .unwrap()
            .value;
        assert_eq!(added.person_id, second);
        let again = client.add_participant(deal, second, &CHANGE).await;
        assert!(matches!(again, Err(CallError::Refused(_))), "{again:?}");

        let page = client.list_participants(deal, None, &CHANGE).await.unwrap();
        let persons: Vec<i64> = page.rows.iter().map(|row| row.value.person_id).collect();
        assert_eq!(persons, [first, second]);
        client
            .remove_participant(deal, added.id, &CHANGE)
            .await
            .unwrap();
        let page = client.list_participants(deal, None, &CHANGE).await.unwrap();
        assert_eq!(page.rows.len(), 1);
        let log = client
            .participants_changelog(deal, None, &CHANGE)
            .await
            .unwrap();
        let actions: Vec<_> = log
            .rows
            .iter()
            .map(|row| (row.value.person_id, row.value.action.as_str()))
            .collect();
        assert!(actions.contains(&(second, "added")), "{actions:?}");
    });
}

/// A product with a price.
async fn valuation(world: &World) -> Product {
    let price = PriceBody {
        price: number("5000"),
        currency: "SEK".to_owned(),
        cost: None,
        direct_cost: None,
        notes: None,
    };
    let product = ProductBody {
        name: Patch::Set("Valuation".to_owned()),
        code: Patch::Set("VAL".to_owned()),
        prices: Patch::Set(vec![price]),
        ..ProductBody::default()
    };
    let made = world.client.create_product(&product, &CHANGE).await;
    let made = made.unwrap().value;
    assert_eq!((made.code.as_str(), made.prices.len()), ("VAL", 1));
    made
}

#[test]
fn products_are_attached_changed_and_removed() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let product = valuation(&world).await;
        let deal = client
            .create_deal(&titled("Warehouse"), &CHANGE)
            .await
            .unwrap()
            .value
            .id;
        let line = |quantity: &str| DealProductBody {
            product_id: Patch::Set(product.id),
            item_price: Patch::Set(number("5000")),
            quantity: Patch::Set(number(quantity)),
            ..DealProductBody::default()
        };
        let one = client
            .add_deal_product(deal, &line("1"), &CHANGE)
            .await
            .unwrap()
            .value;
        let more = client
            .add_deal_products(deal, &[line("2"), line("3")], &CHANGE)
            .await
            .unwrap();
        assert_eq!((one.product_id, more.len()), (Some(product.id), 2));
        let change = DealProductBody {
            quantity: Patch::Set(number("4")),
            ..DealProductBody::default()
        };
        client
            .update_deal_product(deal, one.id, &change, &CHANGE)
            .await
            .unwrap();

        let page = client.list_deal_products(deal, None, &CHANGE).await;
        let page = page.unwrap();
        let sum: f64 = page
            .rows
            .iter()
            .filter_map(|row| row.value.sum.as_ref()?.as_f64())
            .sum();
        assert!((sum - 45_000.0).abs() < 0.01, "{sum}");
        let of_many = client
            .list_products_of_deals(&[deal], None, &CHANGE)
            .await
            .unwrap();
        assert_eq!(of_many.rows.len(), 3);
        client
            .remove_deal_product(deal, one.id, &CHANGE)
            .await
            .unwrap();
        client
            .remove_deal_products(deal, &[more[0].id, more[1].id], &CHANGE)
            .await
            .unwrap();
        assert!(
            client
                .list_deal_products(deal, None, &CHANGE)
                .await
                .unwrap()
                .rows
                .is_empty()
        );
        let listed = client
            .list_products(&ListQuery::all(), &CHANGE)
            .await
            .unwrap();
        assert_eq!(listed.rows[0].value.id, product.id);
    });
}

#[test]
fn users_follow_and_stop_following() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let user = client.me(&CHANGE).await.unwrap().value.id;
        let id = person(&world, "Astrid Berg").await;
        let kind = Followed::Person;
        let before = client
            .list_followers(kind, id, None, &CHANGE)
            .await
            .unwrap()
            .rows
            .len();
        assert!(before <= 1);
        for row in client
            .list_followers(kind, id, None, &CHANGE)
            .await
            .unwrap()
            .rows
        {
            client
                .remove_follower(kind, id, row.value.user_id, &CHANGE)
                .await
                .unwrap();
        }
        client.add_follower(kind, id, user, &CHANGE).await.unwrap();
        let now = client
            .list_followers(kind, id, None, &CHANGE)
            .await
            .unwrap();
        assert_eq!(now.rows[0].value.user_id, user);
        let log = client
            .followers_changelog(kind, id, None, &CHANGE)
            .await
            .unwrap();
        assert!(log.rows.iter().any(|row| row.value.action == "added"));
    });
}
