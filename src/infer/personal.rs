//! Which columns look like personal data, by what they are called and by what stands in them.

use super::profile::Profile;
use crate::column::ColumnType;
use crate::privacy::{Class, looks_like};

/// A class, and a cleaning that makes values of it comparable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Personal {
    pub class: Option<&'static str>,
    pub clean: Option<&'static str>,
}

/// `name` is the column's, `table` the source's: `name` alone is a person's in a table of persons only.
pub fn personal(name: &str, table: &str, profile: &Profile) -> Personal {
    let looks = || looks_like(name, &[], ColumnType::String, &[]).map(Class::as_str);
    let class = by_values(profile).or_else(|| by_name(name, table)).or_else(looks);
    let clean = match class {
        Some("pii.email") if profile.mostly(profile.emails) => Some("email"),
        Some("pii.phone") if profile.mostly(profile.mobiles) => Some("phone(CN)"),
        _ => None,
    };
    Personal { class, clean }
}

fn by_values(profile: &Profile) -> Option<&'static str> {
    let found = [
        (profile.emails, "pii.email"),
        (profile.identities, "pii.national_id"),
        (profile.mobiles, "pii.phone"),
        (profile.addresses, "pii.ip"),
    ];
    found.into_iter().find(|(count, _)| profile.mostly(*count)).map(|(_, class)| class)
}

fn by_name(name: &str, table: &str) -> Option<&'static str> {
    let words: Vec<&str> = name.split('_').collect();
    let has = |word: &str| words.contains(&word);
    let any = |list: &[&str]| list.iter().any(|word| has(word));
    // What is said of a thing, or of a mail, is not said of a person; a number, a flag or a day identifies nobody.
    let thing = any(&[
        "product", "campaign", "company", "brand", "category", "file", "pipeline", "stage", "field", "region",
        "country", "city", "state", "province", "status", "plan", "shop", "store", "app", "browser", "event", "list",
        "team",
    ]);
    let fact = any(&["id", "is", "has", "count", "type", "status", "consent", "verified", "opt", "at", "on", "valid"]);
    if any(&["birth", "birthday", "birthdate", "dob"]) {
        return Some("pii.birth_date");
    }
    if any(&["ssn", "passport", "idcard"]) || name.contains("national_id") || name.contains("id_card") {
        return Some("pii.national_id");
    }
    if any(&["iban"]) || name.contains("bank_account") || name.contains("card_number") || name.contains("card_no") {
        return Some("pii.account");
    }
    let first_or_last = any(&["firstname", "lastname", "surname", "fullname", "nickname", "recipient"])
        || ["first_name", "last_name", "middle_name", "full_name", "maiden_name"]
            .iter()
            .any(|part| name.contains(part));
    if first_or_last && !fact {
        return Some("pii.name");
    }
    if fact || thing {
        return None;
    }
    if any(&["email", "mail"]) {
        return Some("pii.email");
    }
    if any(&["phone", "mobile", "telephone", "tel", "fax", "landline", "cellphone", "whatsapp", "wechat"]) {
        return Some("pii.phone");
    }
    if any(&["ip"]) {
        return Some("pii.ip");
    }
    if any(&["address", "street", "postcode", "zip", "latitude", "longitude"]) || name.contains("postal_code") {
        return Some("pii.address");
    }
    if any(&["note", "notes", "comment", "comments", "remark", "remarks", "description", "body", "message"]) {
        return Some("pii.free_text");
    }
    let person = |text: &str| {
        ["customer", "contact", "user", "person", "people", "employee", "owner", "lead", "member", "rep", "patient"]
            .iter()
            .any(|word| text.split('_').any(|part| part.trim_end_matches('s') == *word))
    };
    if has("name") && (person(name) || (words.last() == Some(&"name") && person(table))) {
        return Some("pii.name");
    }
    None
}
