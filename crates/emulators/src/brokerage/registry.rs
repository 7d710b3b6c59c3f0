//! The four countries of the book: codes, phone numbering and organization numbers with their check digits.
//!
//! In: a random source. Out: numbers that the country's own rule accepts. It checks numbers for tests; it formats none
//! that come from elsewhere.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

/// A country of the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Country {
    Sweden,
    Norway,
    Denmark,
    Finland,
}

impl Country {
    /// ISO 3166, two letters.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sweden => "SE",
            Self::Norway => "NO",
            Self::Denmark => "DK",
            Self::Finland => "FI",
        }
    }

    /// In English.
    #[must_use]
    pub const fn english_name(self) -> &'static str {
        match self {
            Self::Sweden => "Sweden",
            Self::Norway => "Norway",
            Self::Denmark => "Denmark",
            Self::Finland => "Finland",
        }
    }

    /// In the country's own (first) language.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Sweden => "Sverige",
            Self::Norway => "Norge",
            Self::Denmark => "Danmark",
            Self::Finland => "Suomi",
        }
    }

    /// ISO 4217.
    #[must_use]
    pub const fn currency(self) -> &'static str {
        match self {
            Self::Sweden => "SEK",
            Self::Norway => "NOK",
            Self::Denmark => "DKK",
            Self::Finland => "EUR",
        }
    }

    /// Lower case, without a dot.
    #[must_use]
    pub const fn top_level_domain(self) -> &'static str {
        match self {
            Self::Sweden => "se",
            Self::Norway => "no",
            Self::Denmark => "dk",
            Self::Finland => "fi",
        }
    }

    /// Without the plus sign.
    #[must_use]
    pub const fn calling_code(self) -> &'static str {
        match self {
            Self::Sweden => "46",
            Self::Norway => "47",
            Self::Denmark => "45",
            Self::Finland => "358",
        }
    }

    /// What stands before a national number when it is dialled inside the country.
    #[must_use]
    pub const fn trunk_prefix(self) -> &'static str {
        match self {
            Self::Sweden | Self::Finland => "0",
            Self::Norway | Self::Denmark => "",
        }
    }

    pub(super) fn mobile_digits(self, random: &mut ChaCha8Rng) -> String {
        match self {
            Self::Sweden => {
                let operator = [70, 72, 73, 76][random.random_range(0..4)];
                format!("{operator}{:07}", random.random_range(1_000_000..9_999_999))
            }
            Self::Norway => format!("4{:07}", random.random_range(500_000..8_999_999)),
            Self::Denmark => format!("2{:07}", random.random_range(200_000..8_999_999)),
            Self::Finland => format!("40{:07}", random.random_range(1_000_000..9_999_999)),
        }
    }

    pub(super) fn organization_number(self, random: &mut ChaCha8Rng) -> String {
        loop {
            let body = match self {
                Self::Sweden => format!(
                    "{}{:06}",
                    [556, 559][random.random_range(0..2)],
                    random.random_range(0..1_000_000)
                ),
                Self::Norway => format!("9{:07}", random.random_range(1_000_000..9_999_999)),
                Self::Denmark => format!("{:07}", random.random_range(1_000_000..4_299_999)),
                Self::Finland => format!("{:07}", random.random_range(1_000_000..3_299_999)),
            };
            if let Some(check) = self.check_digit(&body) {
                return match self {
                    Self::Sweden => format!("{}-{}{check}", &body[..6], &body[6..]),
                    Self::Norway => format!("{} {} {}{check}", &body[..3], &body[3..6], &body[6..]),
                    Self::Denmark => format!("{body}{check}"),
                    Self::Finland => format!("{body}-{check}"),
                };
            }
        }
    }

    /// Whether the number, blanks and dashes aside, is one of this country.
    #[must_use]
    pub fn accepts_organization_number(self, number: &str) -> bool {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let length = match self {
            Self::Sweden => 10,
            Self::Norway => 9,
            Self::Denmark | Self::Finland => 8,
        };
        digits.len() == length
            && self
                .check_digit(&digits[..length - 1])
                .is_some_and(|check| digits.ends_with(&check.to_string()))
    }

    /// The last digit that belongs to the digits before it; some have none.
    fn check_digit(self, body: &str) -> Option<u32> {
        let digits: Vec<u32> = body
            .chars()
            .filter_map(|letter| letter.to_digit(10))
            .collect();
        let weighted = |weights: &[u32]| {
            digits
                .iter()
                .zip(weights)
                .map(|(digit, weight)| digit * weight)
                .sum::<u32>()
        };
        let eleven_minus = |sum: u32| match sum % 11 {
            0 => Some(0),
            1 => None,
            rest => Some(11 - rest),
        };
        match self {
            Self::Sweden => {
                let sum: u32 = digits
                    .iter()
                    .enumerate()
                    .map(|(place, digit)| {
                        if place % 2 == 0 {
                            digit * 2 / 10 + digit * 2 % 10
                        } else {
                            *digit
                        }
                    })
                    .sum();
                Some((10 - sum % 10) % 10)
            }
            Self::Norway => eleven_minus(weighted(&[3, 2, 7, 6, 5, 4, 3, 2])),
            Self::Denmark => eleven_minus(weighted(&[2, 7, 6, 5, 4, 3, 2])),
            Self::Finland => eleven_minus(weighted(&[7, 9, 10, 5, 8, 4, 2])),
        }
    }
}
