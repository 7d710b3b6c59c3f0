//! Facts, the ledger and secrets on SQLite.
//!
//! In: names, values, tokens. Out: the same. Never opens a secret.

use model::time::to_millis;
use model::{Side, Timestamp};

use super::rows::Rows;
use crate::Answer;
use crate::rows::{Spent, StoredSecret};
use crate::tables::FactTables;

impl FactTables for Rows<'_> {
    fn fact(&self, name: &str) -> Answer<Option<String>> {
        let sql = "select value from facts where workspace_id = ?1 and name = ?2";
        self.one("facts", sql, (self.workspace, name), |cells| cells.get())
    }

    fn facts(&self, prefix: &str) -> Answer<Vec<(String, String)>> {
        let sql = "select name, value from facts where workspace_id = ?1 and name >= ?2 \
            and substr(name, 1, length(?2)) = ?2 order by name";
        self.many("facts", sql, (self.workspace, prefix), |cells| {
            Ok((cells.get()?, cells.get()?))
        })
    }

    fn put_fact(&mut self, name: &str, value: Option<&str>, now: Timestamp) -> Answer<()> {
        match value {
            Some(value) => {
                let sql = "insert into facts (workspace_id, name, value, changed_at) values (?1, ?2, ?3, ?4) \
                    on conflict (workspace_id, name) do update set value = excluded.value, \
                    changed_at = excluded.changed_at";
                self.run(sql, (self.workspace, name, value, to_millis(now)))?;
            }
            None => {
                self.run(
                    "delete from facts where workspace_id = ?1 and name = ?2",
                    (self.workspace, name),
                )?;
            }
        }
        Ok(())
    }

    fn spend(&mut self, api: Side, day: &str, spent: Vec<Spent>) -> Answer<i64> {
        let sql = "insert into spending (workspace_id, api, day, class, purpose, calls, tokens) \
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict (workspace_id, api, day, class, purpose) \
            do update set calls = calls + excluded.calls, tokens = tokens + excluded.tokens";
        for Spent {
            class,
            purpose,
            calls,
            tokens,
        } in spent
        {
            let row = (
                self.workspace,
                api.name(),
                day,
                class,
                purpose,
                calls,
                tokens,
            );
            self.run(sql, row)?;
        }
        let sql =
            "select sum(tokens) from spending where workspace_id = ?1 and api = ?2 and day = ?3";
        let total: Option<Option<i64>> = self.one(
            "spending",
            sql,
            (self.workspace, api.name(), day),
            |cells| cells.get(),
        )?;
        Ok(total.flatten().unwrap_or(0))
    }

    fn spent(&self, api: Side, day: &str) -> Answer<Vec<Spent>> {
        let sql = "select class, purpose, calls, tokens from spending where workspace_id = ?1 and api = ?2 and day = ?3 \
            order by class, purpose";
        self.many(
            "spending",
            sql,
            (self.workspace, api.name(), day),
            |cells| {
                Ok(Spent {
                    class: cells.get()?,
                    purpose: cells.get()?,
                    calls: cells.get()?,
                    tokens: cells.get()?,
                })
            },
        )
    }

    fn put_secret(&mut self, secret: StoredSecret) -> Answer<()> {
        let sql = "insert into secrets (workspace_id, name, sealed, changed_at) values (?1, ?2, ?3, ?4) \
            on conflict (workspace_id, name) do update set sealed = excluded.sealed, changed_at = excluded.changed_at";
        self.run(
            sql,
            (
                self.workspace,
                secret.name,
                secret.sealed,
                to_millis(secret.changed_at),
            ),
        )?;
        Ok(())
    }

    fn delete_secret(&mut self, name: &str) -> Answer<()> {
        let sql = "delete from secrets where workspace_id = ?1 and name = ?2";
        self.run(sql, (self.workspace, name))?;
        Ok(())
    }

    fn secrets(&self) -> Answer<Vec<StoredSecret>> {
        let sql =
            "select name, sealed, changed_at from secrets where workspace_id = ?1 order by name";
        self.many("secrets", sql, [self.workspace], |cells| {
            Ok(StoredSecret {
                name: cells.get()?,
                sealed: cells.get()?,
                changed_at: cells.time()?,
            })
        })
    }
}
