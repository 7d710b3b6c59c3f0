//! The forms in which the server keeps values: phones, domains, languages, profile addresses.
//!
//! In: text as a caller wrote it. Out: text as the server shows it, or nothing when it cannot be one. Written apart from
//! any normaliser a client may use, so that a difference shows.

/// ISO 639-1, all two-letter codes.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// E.164 where the number can be read, otherwise as it was written.
pub(super) fn phone(written: &str, dial_code: &str) -> String {
    let written = written.trim();
    e164(written, dial_code).unwrap_or_else(|| written.to_owned())
}

fn e164(written: &str, dial_code: &str) -> Option<String> {
    let without_trunk = written.replacen("(0)", "", 1);
    let has_country = written.starts_with('+') || written.starts_with("00");
    let source = if has_country {
        without_trunk.as_str()
    } else {
        written
    };
    let mut compact = String::with_capacity(16);
    for letter in source.chars() {
        match letter {
            '0'..='9' | '+' => compact.push(letter),
            ' ' | '\u{a0}' | '-' | '–' | '(' | ')' | '.' | '/' => {}
            _ => return None,
        }
    }
    let international = if let Some(rest) = compact.strip_prefix('+') {
        rest.to_owned()
    } else if let Some(rest) = compact.strip_prefix("00") {
        rest.to_owned()
    } else {
        format!("{dial_code}{}", compact.strip_prefix('0')?)
    };
    let is_number = (8..=15).contains(&international.len())
        && !international.starts_with('0')
        && international.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("+{international}"))
}

/// Lower case, without `www.`; nothing when it is no domain name.
pub(super) fn domain(written: &str) -> Option<String> {
    let lower = written.trim().trim_end_matches('.').to_lowercase();
    let bare = lower.strip_prefix("www.").unwrap_or(&lower);
    let labels_fit = bare.split('.').all(|label| {
        (1..=63).contains(&label.chars().count())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|letter| letter.is_alphanumeric() || letter == '-')
    });
    (labels_fit && bare.contains('.')).then(|| bare.to_owned())
}

/// The domain of a home page address.
pub(super) fn homepage_domain(url: &str) -> Option<String> {
    let lower = url.trim().to_lowercase();
    let rest = lower
        .strip_prefix("https://")
        .or_else(|| lower.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    domain(host.split(':').next()?)
}

/// The address in lower case, for comparing.
pub(super) fn email_key(address: &str) -> String {
    address.to_lowercase()
}

pub(super) fn is_email(address: &str) -> bool {
    let Some((local, host)) = address.rsplit_once('@') else {
        return false;
    };
    let local_fits = !local.is_empty()
        && local.len() <= 64
        && !local.contains('@')
        && !local.chars().any(|letter| {
            letter.is_whitespace() || letter.is_control() || "<>(),;:\"[]\\".contains(letter)
        });
    local_fits && domain(host).is_some() && !host.ends_with('.')
}

pub(super) fn is_language(code: &str) -> bool {
    code.len() == 2 && LANGUAGES.split(' ').any(|known| known == code)
}

/// Two letters in upper case; nothing when it is not a country code.
pub(super) fn country(code: &str) -> Option<String> {
    let fits = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    fits.then(|| code.to_ascii_uppercase())
}

/// `https://www.linkedin.com/{section}/{slug}`; nothing when it is no profile of that section.
pub(super) fn linkedin(written: &str, section: &str) -> Option<String> {
    let rest = written.trim().split("://").last()?;
    let (host, path) = rest.split_once('/')?;
    let host = host.to_lowercase();
    if host != "linkedin.com" && !host.ends_with(".linkedin.com") {
        return None;
    }
    let slug = path.strip_prefix(section)?.strip_prefix('/')?;
    let slug = slug
        .split(['/', '?', '#'])
        .next()
        .filter(|slug| !slug.is_empty())?;
    Some(format!("https://www.linkedin.com/{section}/{slug}"))
}
