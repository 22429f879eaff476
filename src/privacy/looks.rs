//! Columns that look like personal data: by their name, by the headers they are read from, by how they are cleaned.

use super::Class;
use crate::column::ColumnType;

/// What a column of a source seems to hold. Names win over headers: who renamed `name` to `product_name` said what it is.
pub fn looks_like(name: &str, headers: &[String], kind: ColumnType, clean: &[String]) -> Option<Class> {
    let by_cleaning = clean.iter().find_map(|word| match word.split('(').next().unwrap_or_default().trim() {
        "email" => Some(Class::Email),
        "phone" => Some(Class::Phone),
        "person_name" => Some(Class::Name),
        "id_card_cn" => Some(Class::NationalId),
        _ => None,
    });
    let found = by_cleaning.or_else(|| match of_word(name) {
        Looks::Like(class) => Some(class),
        Looks::Unlike => None,
        Looks::Unknown => headers.iter().find_map(|header| match of_word(header) {
            Looks::Like(class) => Some(class),
            _ => None,
        }),
    });
    found.filter(|class| can_be(*class, kind))
}

enum Looks {
    Like(Class),
    /// The name of a thing, the kind of an address.
    Unlike,
    Unknown,
}

/// An amount is no address, and a yes or no no phone number.
fn can_be(class: Class, kind: ColumnType) -> bool {
    match class {
        Class::BirthDate => matches!(kind, ColumnType::String | ColumnType::Date | ColumnType::Timestamp),
        Class::Phone | Class::NationalId | Class::Account => matches!(kind, ColumnType::String | ColumnType::Bigint),
        _ => kind == ColumnType::String,
    }
}

/// Words of people before `name`.
const PERSONS: [&str; 31] = [
    "account",
    "agent",
    "billing",
    "buyer",
    "client",
    "contact",
    "customer",
    "display",
    "employee",
    "family",
    "first",
    "full",
    "given",
    "guest",
    "last",
    "lead",
    "maiden",
    "member",
    "middle",
    "nick",
    "owner",
    "patient",
    "person",
    "profile",
    "receiver",
    "recipient",
    "rep",
    "shipping",
    "staff",
    "sur",
    "user",
];

fn of_word(text: &str) -> Looks {
    if !text.is_ascii() {
        return of_chinese(text);
    }
    let words = words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    let Some((last, before)) = words.split_last() else { return Looks::Unknown };
    match *last {
        // What is about an address or number, and not it.
        "id" | "key" | "type" | "kind" | "status" | "count" | "flag" | "verified" | "domain" | "at" | "on" => {
            return match *last {
                "id" if has(&["national"]) => Looks::Like(Class::NationalId),
                _ => Looks::Unlike,
            };
        }
        "name" if before.is_empty() || before.last().is_some_and(|word| PERSONS.contains(word)) => {
            return Looks::Like(Class::Name);
        }
        "name" if !has(&["email", "mail"]) => return Looks::Unlike,
        _ => {}
    }
    let likely = [
        (Class::Email, &["email", "mail", "emailaddress"][..]),
        (Class::Ip, &["ip", "ipaddress", "ipv4", "ipv6"]),
        (Class::Phone, &["phone", "mobile", "tel", "telephone", "cell", "cellphone", "fax", "msisdn", "whatsapp"]),
        (Class::NationalId, &["ssn", "passport", "idcard", "nric", "aadhaar"]),
        (Class::BirthDate, &["birth", "birthday", "birthdate", "dob"]),
        (Class::Name, &["firstname", "lastname", "fullname", "surname", "forename", "nickname", "username"]),
        (Class::Account, &["iban", "wechat", "openid", "cardnumber"]),
    ];
    if let Some((class, _)) = likely.iter().find(|(_, wanted)| has(wanted)) {
        return Looks::Like(*class);
    }
    match *last {
        "address" | "addr" | "street" | "address1" | "address2" | "address_line" => Looks::Like(Class::Address),
        "line" | "line1" | "line2" | "1" | "2" if has(&["address", "street"]) => Looks::Like(Class::Address),
        // Part of an address that many share.
        _ => Looks::Unknown,
    }
}

fn of_chinese(text: &str) -> Looks {
    let has = |wanted: &[&str]| wanted.iter().any(|word| text.contains(word));
    let likely = [
        (Class::NationalId, &["身份证", "证件号", "护照"][..]),
        (Class::Email, &["邮箱", "电子邮件", "电邮"]),
        (Class::Ip, &["IP地址", "ip地址"]),
        (Class::Phone, &["手机", "电话", "联系方式", "传真"]),
        (Class::Address, &["地址", "住址"]),
        (Class::BirthDate, &["出生", "生日"]),
        (Class::Account, &["银行卡", "卡号", "银行账", "微信号"]),
        (
            Class::Name,
            &["姓名", "客户名称", "客户名", "会员名", "联系人", "收货人", "收件人", "负责人姓名", "昵称", "真名"],
        ),
    ];
    // A number, a kind or a state of these is none of them.
    if ["编号", "类型", "状态", "数量", "网址"].iter().any(|word| text.ends_with(word)) {
        return Looks::Unlike;
    }
    likely.iter().find(|(_, wanted)| has(wanted)).map_or(Looks::Unknown, |(class, _)| Looks::Like(*class))
}

/// `EmailAddress`, `e-mail address` and `contact.email` in lower-case words; `e mail` is one.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut within = false;
    let mut lower_before = false;
    for c in text.chars() {
        if !c.is_ascii_alphanumeric() {
            within = false;
        } else {
            match words.last_mut().filter(|_| within && !(c.is_ascii_uppercase() && lower_before)) {
                Some(word) => word.push(c.to_ascii_lowercase()),
                None => words.push(c.to_ascii_lowercase().to_string()),
            }
            within = true;
        }
        lower_before = c.is_ascii_lowercase();
    }
    let joined = |pair: &[String]| matches!(pair, [first, second] if first == "e" && second.starts_with("mail"));
    if let Some(at) = words.windows(2).position(joined) {
        words.remove(at);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::looks_like;
    use crate::column::ColumnType;
    use crate::privacy::Class;

    fn looks(name: &str, header: &str) -> Option<Class> {
        looks_like(name, &[header.to_owned()], ColumnType::String, &[])
    }

    #[test]
    fn people_are_recognised() {
        for (name, header, class) in [
            ("customer_name", "x", Class::Name),
            ("a", "姓名", Class::Name),
            ("a", "客户名称", Class::Name),
            ("name", "name", Class::Name),
            ("a", "profile.name", Class::Name),
            ("first_name", "x", Class::Name),
            ("a", "LastName", Class::Name),
            ("a", "手机号码", Class::Phone),
            ("a", "联系电话", Class::Phone),
            ("mobile", "x", Class::Phone),
            ("a", "contact.phone", Class::Phone),
            ("a", "Email Address", Class::Email),
            ("a", "E-mail", Class::Email),
            ("a", "EmailAddress", Class::Email),
            ("a", "电子邮箱", Class::Email),
            ("a", "收货地址", Class::Address),
            ("address", "x", Class::Address),
            ("shipping_address_1", "x", Class::Address),
            ("a", "Billing Street", Class::Address),
            ("birth_date", "x", Class::BirthDate),
            ("a", "出生日期", Class::BirthDate),
            ("a", "dob", Class::BirthDate),
            ("a", "身份证号", Class::NationalId),
            ("ssn", "x", Class::NationalId),
            ("national_id", "x", Class::NationalId),
            ("last_ip", "x", Class::Ip),
            ("ip_address", "x", Class::Ip),
        ] {
            assert_eq!(looks(name, header), Some(class), "{name} {header}");
        }
    }

    #[test]
    fn things_are_not_people() {
        for (name, header) in [
            ("product_name", "name"),
            ("campaign_name", "活动名称"),
            ("category", "category.name"),
            ("customer_id", "客户编号"),
            ("region", "address.region"),
            ("shipping_amount", "运费"),
            ("stop", "trip"),
            ("phone_verified", "x"),
            ("address_id", "x"),
            ("url", "网址"),
            ("model", "ModelName"),
            ("hotel", "tell"),
        ] {
            assert_eq!(looks(name, header), None, "{name} {header}");
        }
    }

    #[test]
    fn types_and_cleanings_say_more_than_names() {
        let kind = ColumnType::Boolean;
        assert_eq!(looks_like("email", &[], kind, &[]), None);
        let clean = ["lower".to_owned(), "phone(CN)".to_owned()];
        assert_eq!(looks_like("x", &[], ColumnType::String, &clean), Some(Class::Phone));
        let clean = ["email".to_owned()];
        assert_eq!(looks_like("product_name", &[], ColumnType::String, &clean), Some(Class::Email));
    }
}
