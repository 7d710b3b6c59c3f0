//! Followers: users who follow deals, persons, organizations and products, in the newer and the older shape.
//!
//! In: requests. Out: rows, and the log of who came and went. No event is fired and no time moves.

use serde_json::{Map, Value, json};

use super::PipedriveEmulator;
use super::ask::Ask;
use super::json::{rfc3339, spaced};
use super::kinds::Entity;
use super::query;
use super::records::{Actor, not_found_older};
use super::reply::{Reply, Violation};
use super::route::{Row, row};
use super::sales::{Coming, Follower};
use crate::answer::Moment;

/// The calls on the followers of one kind of record.
macro_rules! follower_rows {
    ($newer:literal, $older:literal, $entity:expr) => {
        [
            row!("GET" $newer, 10, |emulator, ask| emulator.list_followers($entity, ask)),
            row!("POST" $newer, 5, |emulator, ask| emulator.add_follower($entity, ask)),
            Row::new(
                ("DELETE", concat!($newer, "/{follower}"), concat!("DELETE ", $newer, "/{follower}")),
                3,
                |emulator, ask| emulator.remove_follower($entity, ask),
            ),
            Row::new(
                ("GET", concat!($newer, "/changelog"), concat!("GET ", $newer, "/changelog")),
                10,
                |emulator, ask| emulator.followers_changelog($entity, ask),
            ),
            row!("GET" $older, 20, |emulator, ask| emulator.list_followers_older($entity, ask)),
            row!("POST" $older, 10, |emulator, ask| emulator.add_follower_older($entity, ask)),
            Row::new(
                ("DELETE", concat!($older, "/{follower}"), concat!("DELETE ", $older, "/{follower}")),
                6,
                |emulator, ask| emulator.remove_follower_older($entity, ask),
            ),
        ]
    };
}

pub(super) static OF_DEALS: [Row; 7] = follower_rows!(
    "/api/v2/deals/{id}/followers",
    "/v1/deals/{id}/followers",
    Entity::Deal
);
pub(super) static OF_PERSONS: [Row; 7] = follower_rows!(
    "/api/v2/persons/{id}/followers",
    "/v1/persons/{id}/followers",
    Entity::Person
);
pub(super) static OF_ORGANIZATIONS: [Row; 7] = follower_rows!(
    "/api/v2/organizations/{id}/followers",
    "/v1/organizations/{id}/followers",
    Entity::Organization
);
pub(super) static OF_PRODUCTS: [Row; 7] = follower_rows!(
    "/api/v2/products/{id}/followers",
    "/v1/products/{id}/followers",
    Entity::Product
);

impl PipedriveEmulator {
    fn list_followers(&self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let id = self.followed(entity, ask, Reply::not_found)?;
        let rows = self.state.sales.followers_of(entity, id);
        paged(
            ask,
            rows,
            |follower| json!({"user_id": follower.user_id, "add_time": rfc3339(follower.add_time)}),
        )
    }

    fn followers_changelog(&self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let id = self.followed(entity, ask, Reply::not_found)?;
        let mut rows: Vec<&Coming> = self.state.sales.follower_log(entity, id).iter().collect();
        rows.reverse();
        paged(ask, &rows, |row| {
            json!({
                "action": if row.is_added { "added" } else { "removed" }, "actor_user_id": row.actor_user_id,
                "follower_user_id": row.who, "time": rfc3339(row.time),
            })
        })
    }

    fn add_follower(&mut self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let id = self.followed(entity, ask, Reply::not_found)?;
        let made = self.follow((entity, id), ask)?;
        let data = json!({"user_id": made.user_id, "add_time": rfc3339(made.add_time)});
        Ok(Reply::of(201, &json!({"success": true, "data": data})))
    }

    fn remove_follower(&mut self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let id = self.followed(entity, ask, Reply::not_found)?;
        let user_id = ask.id_at(1)?;
        let gone = self.unfollow((entity, id), ask, |follower| follower.user_id == user_id);
        gone.ok_or_else(Reply::not_found)?;
        Ok(Reply::of(
            200,
            &json!({"success": true, "data": {"user_id": user_id}}),
        ))
    }

    fn list_followers_older(&self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let id = self.followed(entity, ask, || not_found_older(entity))?;
        let all = self.state.sales.followers_of(entity, id);
        let rows = all.iter().map(|follower| older(entity, id, follower));
        let paging = json!({"start": 0, "limit": 100, "more_items_in_collection": false});
        let flat = self.config.switches.older_paging_is_flat;
        let additional = if flat {
            paging
        } else {
            json!({"pagination": paging})
        };
        Ok(Reply::of(
            200,
            &json!({
                "success": true, "data": query::older_list(rows.collect()), "additional_data": additional,
            }),
        ))
    }

    fn add_follower_older(&mut self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let id = self.followed(entity, ask, || not_found_older(entity))?;
        let made = self.follow((entity, id), ask)?;
        let status = if entity == Entity::Product { 201 } else { 200 };
        Ok(Reply::of(
            status,
            &json!({"success": true, "data": older(entity, id, &made)}),
        ))
    }

    fn remove_follower_older(&mut self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let id = self.followed(entity, ask, || not_found_older(entity))?;
        let follower_id = ask.id_at(1)?;
        let gone = self.unfollow((entity, id), ask, |follower| follower.id == follower_id);
        gone.ok_or_else(|| Reply::generic(404, "Follower not found"))?;
        Ok(Reply::id(follower_id))
    }

    /// The live record that the path names, if the caller sees it.
    fn followed(
        &self,
        entity: Entity,
        ask: &Ask<'_>,
        missing: impl FnOnce() -> Reply,
    ) -> Result<i64, Reply> {
        let id = ask.id()?;
        let record = self.state.table(entity).live(id);
        let id = record.map(|record| record.id).ok_or_else(missing)?;
        self.demand_sight(ask.actor, entity, id)?;
        Ok(id)
    }

    fn follow(&mut self, owner: (Entity, i64), ask: &Ask<'_>) -> Result<Follower, Reply> {
        ask.query.refuse_all()?;
        let user_id = self.user_in(&ask.body()?)?;
        let known = self.state.sales.followers_of(owner.0, owner.1);
        if known.iter().any(|follower| follower.user_id == user_id) {
            return Err(Reply::bad("user_id", "the user is a follower already"));
        }
        Ok(self.start_following(owner, user_id, ask.actor, ask.now))
    }

    pub(super) fn start_following(
        &mut self,
        owner: (Entity, i64),
        user_id: i64,
        actor: Actor,
        now: Moment,
    ) -> Follower {
        let time = self.seconds(now);
        let sales = &mut self.state.sales;
        let follower = Follower {
            id: sales.next_id(),
            user_id,
            add_time: time,
        };
        sales.followers_mut(owner.0, owner.1).push(follower.clone());
        let coming = Coming {
            who: user_id,
            is_added: true,
            actor_user_id: actor.user_id,
            time,
        };
        sales.log_follower(owner, coming);
        follower
    }

    fn unfollow(
        &mut self,
        owner: (Entity, i64),
        ask: &Ask<'_>,
        is_meant: impl Fn(&Follower) -> bool,
    ) -> Option<()> {
        let time = self.seconds(ask.now);
        let sales = &mut self.state.sales;
        let followers = sales.followers_mut(owner.0, owner.1);
        let place = followers.iter().position(is_meant)?;
        let gone = followers.remove(place);
        let going = Coming {
            who: gone.user_id,
            is_added: false,
            actor_user_id: ask.actor.user_id,
            time,
        };
        sales.log_follower(owner, going);
        Some(())
    }

    fn user_in(&self, body: &Map<String, Value>) -> Result<i64, Reply> {
        if let Some(unknown) = body.keys().find(|key| *key != "user_id") {
            return Err(Reply::invalid(&[Violation::not_allowed(unknown)]));
        }
        let id = body.get("user_id").and_then(Value::as_i64);
        let id = id.ok_or_else(|| Reply::bad("user_id", "must be an integer"))?;
        let user = self.state.user(id);
        user.map(|user| user.id)
            .ok_or_else(|| Reply::bad("user_id", "user does not exist"))
    }
}

/// A page of a list whose cursor is the number of rows before it.
pub(super) fn paged<T>(
    ask: &Ask<'_>,
    all: &[T],
    show: impl Fn(&T) -> Value,
) -> Result<Reply, Reply> {
    let mut violations = Vec::new();
    ask.query
        .refuse_unknown(&["limit", "cursor"], &mut violations);
    let page = query::cursor_page(&ask.query, &mut violations);
    if !violations.is_empty() {
        return Err(Reply::invalid(&violations));
    }
    let rows: Vec<Value> = page.of(all).iter().map(show).collect();
    Ok(Reply::of(
        200,
        &json!({"success": true, "data": rows, "additional_data": {"next_cursor": page.next(all.len())}}),
    ))
}

fn older(entity: Entity, id: i64, follower: &Follower) -> Value {
    let owner = if entity == Entity::Organization {
        "org_id".to_owned()
    } else {
        format!("{}_id", entity.name())
    };
    json!({
        "user_id": follower.user_id, "id": follower.id, owner: id, "add_time": spaced(follower.add_time),
    })
}
