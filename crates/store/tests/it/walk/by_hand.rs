//! Steps of a person who joins and parts records, puts values back and answers what was asked.

use std::collections::BTreeMap;

use model::{BySide, ConflictId, Field, PairId, Side, Value};
use store::{DeleteWord, Store};

use super::steps::Step;
use super::walker::{Walker, answer, record};

impl<S: Store> Walker<S> {
    pub(super) async fn by_hand(&self, step: &Step) -> String {
        let Step::ByHand {
            what,
            pair,
            records: (person, contact),
            pipedrive,
        } = step
        else {
            unreachable!("{step:?} is not done by hand")
        };
        let (store, ctx, now) = (&self.store, self.lease.ctx(), self.now());
        let id = PairId(i64::from(*pair));
        let side = if *pipedrive {
            Side::Pipedrive
        } else {
            Side::Propstreet
        };
        let (person, contact) = (record(*person), record(3 + *contact));
        let value = pipedrive.then(|| Value::Text("+4791234567".to_owned()));
        match what {
            0 | 5 => {
                let records = BySide {
                    pipedrive: person,
                    propstreet: contact,
                };
                answer(store.link(ctx, records, now).await)
            }
            1 | 6 => answer(store.unlink(ctx, id, now).await),
            2 => {
                let values = BTreeMap::from([(Field::PersonPhone, value)]);
                answer(store.put_back(ctx, id, values, now).await)
            }
            3 => answer(store.unmake(ctx, id, side, now).await),
            4 => {
                let word = if *pipedrive {
                    DeleteWord::Approve
                } else {
                    DeleteWord::Dismiss
                };
                answer(store.decide_delete(ctx, id, word, now).await)
            }
            7 => answer(store.keep_apart(ctx, &person, &contact, now).await),
            _ => answer(
                store
                    .settle_with(ctx, ConflictId(i64::from(*pair)), value, now)
                    .await,
            ),
        }
    }
}
