//! Sets of ids that stay small: a million of Pipedrive's take some hundred kilobytes, because they are numbers close to each other.
//!
//! In and out: ids. The order is that of the numbers, then that of the texts.

use std::collections::BTreeSet;

use roaring::RoaringTreemap;

use crate::RemoteId;

/// Between the ends of a run of numbers. No id holds it.
const RUN: &str = "..";

/// A set of ids of one entity.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IdSet {
    numbers: RoaringTreemap,
    others: BTreeSet<RemoteId>,
}

/// The number of an id; nothing for an id that is another text than its number's.
fn number(text: &str) -> Option<u64> {
    let is_plain = text == "0" || !text.starts_with(['0', '+']);
    is_plain.then(|| text.parse().ok()).flatten()
}

fn id(number: u64) -> RemoteId {
    RemoteId::from(number.to_string())
}

impl IdSet {
    /// Answers whether it was not there yet.
    pub fn insert(&mut self, id: &RemoteId) -> bool {
        match number(id.as_str()) {
            Some(number) => self.numbers.insert(number),
            None => self.others.insert(id.clone()),
        }
    }

    #[must_use]
    pub fn contains(&self, id: &RemoteId) -> bool {
        match number(id.as_str()) {
            Some(number) => self.numbers.contains(number),
            None => self.others.contains(id),
        }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        usize::try_from(self.numbers.len()).unwrap_or(usize::MAX) + self.others.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.others.is_empty()
    }

    /// What is in this set and not in the other one.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self {
            numbers: &self.numbers - &other.numbers,
            others: &self.others - &other.others,
        }
    }

    /// How many ids are in both.
    #[must_use]
    pub fn shared(&self, other: &Self) -> usize {
        let numbers = self.numbers.intersection_len(&other.numbers);
        usize::try_from(numbers).unwrap_or(usize::MAX)
            + self.others.intersection(&other.others).count()
    }

    pub fn iter(&self) -> impl Iterator<Item = RemoteId> + '_ {
        let numbers = self.numbers.iter().map(id);
        numbers.chain(self.others.iter().cloned())
    }

    /// The set as a text: runs of numbers by their ends, then the other ids.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut runs: Vec<(u64, u64)> = Vec::new();
        for number in &self.numbers {
            match runs.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
                _ => runs.push((number, number)),
            }
        }
        let run = |(first, last): (u64, u64)| match first == last {
            true => first.to_string(),
            false => format!("{first}{RUN}{last}"),
        };
        let others = self.others.iter().map(|id| id.as_str().to_owned());
        let words: Vec<String> = runs.into_iter().map(run).chain(others).collect();
        words.join(" ")
    }

    /// Takes in what [`Self::to_text`] has written.
    pub fn extend_from_text(&mut self, text: &str) {
        for word in text.split_whitespace() {
            let ends = word.split_once(RUN);
            match ends.and_then(|(first, last)| Some((number(first)?, number(last)?))) {
                Some((first, last)) => {
                    self.numbers.insert_range(first..=last);
                }
                None => {
                    self.insert(&RemoteId::from(word));
                }
            }
        }
    }
}

impl IntoIterator for IdSet {
    type Item = RemoteId;
    type IntoIter = Box<dyn Iterator<Item = RemoteId> + Send>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.numbers.into_iter().map(id).chain(self.others))
    }
}

impl Extend<RemoteId> for IdSet {
    fn extend<T: IntoIterator<Item = RemoteId>>(&mut self, ids: T) {
        for id in ids {
            self.insert(&id);
        }
    }
}

impl FromIterator<RemoteId> for IdSet {
    fn from_iter<T: IntoIterator<Item = RemoteId>>(ids: T) -> Self {
        let mut set = Self::default();
        set.extend(ids);
        set
    }
}

#[cfg(test)]
mod tests;
