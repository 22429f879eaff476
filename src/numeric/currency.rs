//! The currency that stands before or behind a number.

/// What a text says of its currency.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    pub currency: &'static str,
    pub says: Says,
}

/// How surely; a later one more than an earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Says {
    /// 元 is what any of several is counted in.
    Word,
    Sign,
    Country,
    Code,
}

/// Of `¥` and `$` nobody knows which they mean.
const SIGNS: [(char, &str); 13] = [
    ('¥', "¥"),
    ('$', "$"),
    ('€', "EUR"),
    ('£', "GBP"),
    ('₩', "KRW"),
    ('₹', "INR"),
    ('₽', "RUB"),
    ('₺', "TRY"),
    ('฿', "THB"),
    ('₫', "VND"),
    ('₱', "PHP"),
    ('₪', "ILS"),
    ('₴', "UAH"),
];
const DOLLARS: [(&str, &str); 14] = [
    ("US$", "USD"),
    ("HK$", "HKD"),
    ("NT$", "TWD"),
    ("AU$", "AUD"),
    ("CA$", "CAD"),
    ("NZ$", "NZD"),
    ("SG$", "SGD"),
    ("MX$", "MXN"),
    ("TW$", "TWD"),
    ("A$", "AUD"),
    ("C$", "CAD"),
    ("S$", "SGD"),
    ("R$", "BRL"),
    ("Z$", "ZWG"),
];
const WORDS: [(char, &str); 5] = [('元', "CNY"), ('圆', "CNY"), ('圓', "CNY"), ('円', "JPY"), ('원', "KRW")];
/// ISO 4217, currencies in circulation, and RMB, which bookkeepers write for CNY.
const CODES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD \
    CAD CDF CHF CLP CNH CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD \
    HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD \
    MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR \
    RMB RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS \
    UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG";

pub fn before(text: &str) -> Option<(&str, Named)> {
    let sign = |(sign, currency): &(char, &'static str)| Some((text.strip_prefix(*sign)?, *currency));
    if let Some(found) = SIGNS.iter().find_map(sign) {
        return Some(named(found, Says::Sign));
    }
    if !text.starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let dollar = |(sign, currency): &(&str, &'static str)| Some((text.strip_prefix(sign)?, *currency));
    if let Some(found) = DOLLARS.iter().find_map(dollar) {
        return Some(named(found, Says::Country));
    }
    let (start, rest) = text.split_at_checked(3)?;
    Some(named((rest, code(start)?), Says::Code))
}

pub fn behind(text: &str) -> Option<(&str, Named)> {
    let sign = |(sign, currency): &(char, &'static str)| Some((text.strip_suffix(*sign)?, *currency));
    if let Some(found) = SIGNS.iter().find_map(sign) {
        return Some(named(found, Says::Sign));
    }
    if let Some(found) = WORDS.iter().find_map(sign) {
        return Some(named(found, Says::Word));
    }
    if !text.ends_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let (rest, end) = text.split_at_checked(text.len().checked_sub(3)?)?;
    Some(named((rest, code(end)?), Says::Code))
}

fn named<'t>((rest, currency): (&'t str, &'static str), says: Says) -> (&'t str, Named) {
    (rest, Named { currency, says })
}

fn code(text: &str) -> Option<&'static str> {
    let code = CODES.split_ascii_whitespace().find(|code| *code == text)?;
    Some(if matches!(code, "RMB" | "CNH") { "CNY" } else { code })
}
