//! Domains of companies: the host of a web address or an e-mail address, as Propstreet stores it.
//!
//! In: a bare domain, a URL or an e-mail address. Out: the host in lower-case ASCII without scheme,
//! `www.`, port and path, or `None` when no organization can own it (a public suffix, an address of
//! numbers, an unknown ending). `registrable` is what companies are matched by. Never asks the network.

use idna::AsciiDenyList;

use super::text::without_invisible;

const TEXT_BYTES_MAX: usize = 2_048;
const HOST_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;
/// Endings reserved for documentation and trials: no company can clash with them.
const RESERVED_ENDINGS: [&str; 2] = [".example", ".test"];

/// Mail is given away or sold to anyone under these, so sharing one says nothing about the employer.
const MAILBOX_PROVIDERS: [&str; 84] = [
    // the world
    "aol.com",
    "duck.com",
    "email.com",
    "fastmail.com",
    "fastmail.fm",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hey.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.fr",
    "hushmail.com",
    "icloud.com",
    "inbox.com",
    "live.co.uk",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "outlook.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "rocketmail.com",
    "tuta.com",
    "tutanota.com",
    "web.de",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.de",
    "yahoo.fr",
    "yandex.com",
    "yandex.ru",
    "ymail.com",
    "zoho.com",
    // Sweden
    "bahnhof.se",
    "bredband.net",
    "bredband2.com",
    "comhem.se",
    "glocalnet.net",
    "home.se",
    "hotmail.se",
    "live.se",
    "outlook.se",
    "ownit.nu",
    "spray.se",
    "swipnet.se",
    "tele2.se",
    "telia.com",
    "yahoo.se",
    // Norway
    "broadpark.no",
    "c2i.net",
    "frisurf.no",
    "getmail.no",
    "hotmail.no",
    "live.no",
    "online.no",
    "yahoo.no",
    // Denmark
    "hotmail.dk",
    "jubii.dk",
    "live.dk",
    "mail.dk",
    "ofir.dk",
    "stofanet.dk",
    "yahoo.dk",
    "youmail.dk",
    // Finland
    "dnainternet.net",
    "elisanet.fi",
    "hotmail.fi",
    "inet.fi",
    "kolumbus.fi",
    "luukku.com",
    "netti.fi",
    "saunalahti.fi",
    "suomi24.fi",
    "welho.com",
];

pub fn domain(text: &str) -> Option<String> {
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let visible = without_invisible(text);
    let host =
        idna::domain_to_ascii_cow(host_of(visible.trim()).as_bytes(), AsciiDenyList::URL).ok()?;
    let mut host: &str = host.strip_suffix('.').unwrap_or(&host);
    while let Some(bare) = host
        .strip_prefix("www.")
        .filter(|bare| owned_part(bare).is_some())
    {
        host = bare;
    }
    (is_well_formed(host) && owned_part(host).is_some()).then(|| host.to_owned())
}

/// The part of a host that somebody registered: `lager.nordkaj.se` is under `nordkaj.se`.
pub fn registrable(text: &str) -> Option<String> {
    let host = domain(text)?;
    owned_part(&host).map(str::to_owned)
}

pub fn is_mailbox_provider(text: &str) -> bool {
    registrable(text).is_some_and(|registered| MAILBOX_PROVIDERS.contains(&registered.as_str()))
}

fn host_of(text: &str) -> &str {
    let after_scheme = match text.split_once("://") {
        Some((_, rest)) => rest,
        None => {
            let text = text.strip_prefix("mailto:").unwrap_or(text);
            text.strip_prefix("//").unwrap_or(text)
        }
    };
    let authority = after_scheme
        .split(['/', '?', '#', '\\'])
        .next()
        .unwrap_or(after_scheme);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    }
}

fn owned_part(host: &str) -> Option<&str> {
    let suffix = psl::suffix(host.as_bytes())?;
    let is_known =
        suffix.is_known() || RESERVED_ENDINGS.iter().any(|ending| host.ends_with(ending));
    if is_known {
        psl::domain_str(host)
    } else {
        None
    }
}

fn is_well_formed(host: &str) -> bool {
    host.len() <= HOST_BYTES_MAX && host.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let is_inner = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
    };
    (1..=LABEL_BYTES_MAX).contains(&label.len())
        && label.bytes().all(is_inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}
