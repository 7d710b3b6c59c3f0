//! Amounts of money: `12500000 SEK`, whatever way the number and its scale are written.
//!
//! In: a decimal number as text, the zeros it is short of, a currency. Out: amount and currency as one text; an amount of nothing
//! is none. Never goes by way of a binary fraction.

/// Longer numbers are no prices.
const DIGITS_MAX: usize = 40;
const CURRENCY_LETTERS: usize = 3;

/// The canonical form; nothing where it is no amount of money.
#[must_use]
pub fn money(value: &str, zeros: u32, currency: &str) -> Option<String> {
    let currency = currency.trim().to_ascii_uppercase();
    let is_currency = currency.len() == CURRENCY_LETTERS
        && currency.bytes().all(|letter| letter.is_ascii_uppercase());
    let amount = decimal(value, zeros).filter(|amount| amount != "0")?;
    is_currency.then(|| format!("{amount} {currency}"))
}

/// Amount and currency of a canonical form.
#[must_use]
pub fn parts(canonical: &str) -> Option<(&str, &str)> {
    canonical.split_once(' ')
}

/// The shortest way to write a number that is not negative, times ten to the power of `zeros`.
#[must_use]
pub fn decimal(value: &str, zeros: u32) -> Option<String> {
    let value = value.trim();
    let (mantissa, exponent) = match value.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (value, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let mut digits = format!("{whole}{fraction}");
    let shift = exponent
        .checked_add(i64::from(zeros))?
        .checked_sub(i64::try_from(fraction.len()).ok()?)?;
    let places = usize::try_from(shift.unsigned_abs()).ok()?;
    if digits.len().saturating_add(places) > DIGITS_MAX {
        return None;
    }
    if shift >= 0 {
        digits.push_str(&"0".repeat(places));
        return Some(without_leading_zeros(&digits));
    }
    if digits.len() <= places {
        digits.insert_str(0, &"0".repeat(places + 1 - digits.len()));
    }
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let whole = without_leading_zeros(whole);
    let fraction = fraction.trim_end_matches('0');
    Some(match fraction {
        "" => whole,
        _ => format!("{whole}.{fraction}"),
    })
}

fn without_leading_zeros(digits: &str) -> String {
    match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    }
}
