//! E-mail addresses: lower case, the domain as ASCII through IDNA.
//!
//! In: text as typed. Out: the address in its canonical form, or `None` when it is not an address that
//! mail can be sent to. Never strips tags (`ann+news@…`) or dots: those are other mailboxes.

use email_address::{EmailAddress, Options};
use idna::AsciiDenyList;
use unicode_normalization::UnicodeNormalization as _;

use super::text::without_invisible;

const ADDRESS_BYTES_MAX: usize = 254;

pub fn email(text: &str) -> Option<String> {
    let visible = without_invisible(text);
    let trimmed = visible.trim();
    if trimmed.len() > ADDRESS_BYTES_MAX {
        return None;
    }
    let (mailbox, host) = trimmed.rsplit_once('@')?;
    let host = idna::domain_to_ascii_cow(host.as_bytes(), AsciiDenyList::URL).ok()?;
    let mut address = String::with_capacity(trimmed.len());
    if mailbox.is_ascii() {
        address.push_str(mailbox);
        address.make_ascii_lowercase();
    } else {
        address.extend(mailbox.nfc().collect::<String>().to_lowercase().nfc());
    }
    address.push('@');
    address.push_str(&host);
    is_address(&address).then_some(address)
}

fn is_address(address: &str) -> bool {
    let strict = Options::default()
        .without_display_text()
        .without_domain_literal()
        .with_required_tld();
    address.len() <= ADDRESS_BYTES_MAX && EmailAddress::parse_with_options(address, strict).is_ok()
}
