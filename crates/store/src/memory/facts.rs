//! Facts, the ledger and secrets in memory.
//!
//! In: names, values, tokens. Out: the same. Never opens a secret.

use model::{Side, Timestamp};

use super::rows::Rows;
use crate::Answer;
use crate::rows::{Spent, StoredSecret};
use crate::tables::FactTables;

impl Rows {
    fn ledger_of(&self, api: Side, day: &str) -> impl Iterator<Item = Spent> {
        let first = (api, day.to_owned(), String::new(), String::new());
        let entries = self.ledger.range(first..);
        let of_day = entries.take_while(move |((of, on, _, _), _)| *of == api && on == day);
        of_day.map(|((_, _, class, purpose), (calls, tokens))| Spent {
            class: class.clone(),
            purpose: purpose.clone(),
            calls: *calls,
            tokens: *tokens,
        })
    }
}

impl FactTables for Rows {
    fn fact(&self, name: &str) -> Answer<Option<String>> {
        Ok(self.facts.get(name).cloned())
    }

    fn facts(&self, prefix: &str) -> Answer<Vec<(String, String)>> {
        let facts = self
            .facts
            .range(prefix.to_owned()..)
            .take_while(|(name, _)| name.starts_with(prefix));
        Ok(facts
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect())
    }

    fn put_fact(&mut self, name: &str, value: Option<&str>, _now: Timestamp) -> Answer<()> {
        match value {
            Some(value) => self.facts.insert(name.to_owned(), value.to_owned()),
            None => self.facts.remove(name),
        };
        Ok(())
    }

    fn spend(&mut self, api: Side, day: &str, spent: Vec<Spent>) -> Answer<i64> {
        for added in spent {
            let key = (api, day.to_owned(), added.class, added.purpose);
            let (calls, tokens) = self.ledger.entry(key).or_default();
            *calls = calls.saturating_add(added.calls);
            *tokens = tokens.saturating_add(added.tokens);
        }
        Ok(self
            .ledger_of(api, day)
            .fold(0, |total: i64, spent| total.saturating_add(spent.tokens)))
    }

    fn spent(&self, api: Side, day: &str) -> Answer<Vec<Spent>> {
        Ok(self.ledger_of(api, day).collect())
    }

    fn put_secret(&mut self, secret: StoredSecret) -> Answer<()> {
        self.secrets.insert(secret.name.clone(), secret);
        Ok(())
    }

    fn delete_secret(&mut self, name: &str) -> Answer<()> {
        self.secrets.remove(name);
        Ok(())
    }

    fn secrets(&self) -> Answer<Vec<StoredSecret>> {
        Ok(self.secrets.values().cloned().collect())
    }
}
