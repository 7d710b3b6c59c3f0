//! The planner's tests: tables of single facts by topic, laws over random pairs, plans in plain words.

mod by_hand;
mod conflicts;
mod creates;
mod deals;
mod deletes;
mod explain;
mod fields;
mod laws;
mod matching;
mod members;
mod outcome;
mod random;
mod reaches;
mod references;
mod restores;
mod tags;
mod toy;
mod untold;
