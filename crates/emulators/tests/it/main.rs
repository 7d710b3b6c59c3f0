//! What can be seen of the emulators from outside, as sentences.

#[cfg(test)]
mod pipedrive;
#[cfg(test)]
mod propstreet;
#[cfg(test)]
mod recording;
