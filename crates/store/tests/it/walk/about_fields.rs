//! Steps about field definitions: lists with fields that come, go and are called something else.

use model::{Field, Kind, PairId};
use store::{FieldEntity, FieldOption, Lease, Reconsider, SeenField, SeenFields, Store};

use super::steps::Step;
use super::walker::{Walker, answer};

const NAMES: [&str; 3] = ["Property address", "Tier", "property_address"];
const TYPES: [&str; 3] = ["text", "enum", "varchar"];

impl<S: Store> Walker<S> {
    pub(super) async fn about_fields(&self, step: &Step, old_lease: Lease) -> String {
        match step {
            Step::Fields { entity, seen } => {
                let entity = FieldEntity::ALL[usize::from(*entity)];
                let fields = seen.iter().map(|(code, name, kind)| SeenField {
                    code: format!("code-{code}"),
                    name: NAMES[usize::from(*name)].to_owned(),
                    field_type: TYPES[usize::from(*kind)].to_owned(),
                    is_custom: *code > 0,
                    is_writable: (*kind > 0).then_some(*kind == 1),
                    options: (0..i64::from(*kind))
                        .map(|id| FieldOption {
                            id,
                            label: NAMES[usize::from(*name)].to_owned(),
                        })
                        .collect(),
                });
                let list = SeenFields {
                    entity,
                    fields: fields.collect(),
                };
                let fact = ("fact.fields", format!("{}", self.now));
                let ctx = self.lease.ctx();
                answer(
                    self.store
                        .commit_fields(ctx, vec![list], fact, self.now())
                        .await,
                )
            }
            Step::Reconsider {
                after,
                limit,
                forget,
                by_old_lease,
            } => {
                let what = Reconsider {
                    kind: Kind::Person,
                    forget: forget.then_some(Field::PersonName).into_iter().collect(),
                    after: PairId(i64::from(*after)),
                    limit: u32::from(*limit),
                };
                let lease = if *by_old_lease { old_lease } else { self.lease };
                answer(self.store.reconsider_pairs(&lease, what, self.now()).await)
            }
            other => unreachable!("{other:?} is not about fields"),
        }
    }
}
