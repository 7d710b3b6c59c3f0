//! Facts, the ledger and secrets in memory.
//!
//! In: names, values, tokens. Out: the same. Never opens a secret.

use model::{Side, Timestamp};

use super::rows::Rows;
use crate::Answer;
use crate::rows::{Spent, StoredSecret};
use crate::tables::FactTables;

impl Rows {
    fn ledger_of(&self, api: Side, day: &str) -> impl Iterator<Item = (&String, &i64)> {
        let entries = self.ledger.range((api, day.to_owned(), String::new())..);
        let of_day = entries.take_while(move |((of, on, _), _)| *of == api && on == day);
        of_day.map(|((_, _, purpose), tokens)| (purpose, tokens))
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

    fn spend(&mut self, api: Side, day: &str, purpose: &str, tokens: i64) -> Answer<i64> {
        let spent = self
            .ledger
            .entry((api, day.to_owned(), purpose.to_owned()))
            .or_default();
        *spent = spent.saturating_add(tokens);
        Ok(self
            .ledger_of(api, day)
            .fold(0, |total: i64, (_, tokens)| total.saturating_add(*tokens)))
    }

    fn spent(&self, api: Side, day: &str) -> Answer<Vec<Spent>> {
        let entries = self.ledger_of(api, day);
        Ok(entries
            .map(|(purpose, tokens)| Spent {
                purpose: purpose.clone(),
                tokens: *tokens,
            })
            .collect())
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
