//! Kinds of personal data, and what is published of each.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    Name,
    Phone,
    Email,
    Address,
    BirthDate,
    NationalId,
    /// Numbers of bank accounts, cards and the like.
    Account,
    Ip,
    /// Notes in which anything may stand.
    FreeText,
    Other,
}

impl Class {
    pub const ALL: [Class; 10] = [
        Class::Name,
        Class::Phone,
        Class::Email,
        Class::Address,
        Class::BirthDate,
        Class::NationalId,
        Class::Account,
        Class::Ip,
        Class::FreeText,
        Class::Other,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Class::Name => "pii.name",
            Class::Phone => "pii.phone",
            Class::Email => "pii.email",
            Class::Address => "pii.address",
            Class::BirthDate => "pii.birth_date",
            Class::NationalId => "pii.national_id",
            Class::Account => "pii.account",
            Class::Ip => "pii.ip",
            Class::FreeText => "pii.free_text",
            Class::Other => "pii.other",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == text)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What somebody said of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declared {
    /// `none`: whatever it is made of, it says nothing of a person.
    NotPersonal,
    Personal(Class),
}

impl Declared {
    pub const NONE: &str = "none";

    pub fn parse(text: &str) -> Option<Self> {
        if text == Self::NONE { Some(Self::NotPersonal) } else { Class::parse(text).map(Self::Personal) }
    }

    pub fn class(self) -> Option<Class> {
        match self {
            Self::NotPersonal => None,
            Self::Personal(class) => Some(class),
        }
    }
}

/// What is published of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Policy {
    /// The value as it is.
    Keep,
    /// As much of it as its class leaves readable.
    Mask,
    /// A keyed hash: equal values stay equal, and only the key's owner can try values out.
    Hmac,
    /// NULL.
    Drop,
}

impl Policy {
    pub const ALL: [Policy; 4] = [Policy::Keep, Policy::Mask, Policy::Hmac, Policy::Drop];

    pub fn as_str(self) -> &'static str {
        match self {
            Policy::Keep => "keep",
            Policy::Mask => "mask",
            Policy::Hmac => "hmac",
            Policy::Drop => "drop",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == text)
    }

    /// Whether what it gives depends on the class of the value.
    pub fn depends_on_class(self) -> bool {
        matches!(self, Policy::Mask | Policy::Hmac)
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
