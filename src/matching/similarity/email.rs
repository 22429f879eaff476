//! The two parts of an e-mail address, as the address has them: case and blanks are for `cleaning`'s `email`.

/// What stands before the last `@`; `None` when a part is missing.
pub fn email_local_part(address: &str) -> Option<&str> {
    parts(address).map(|(local, _)| local)
}

/// What stands after the last `@`: a local part in quotes may have one itself (RFC 5321, 4.1.2).
pub fn email_domain(address: &str) -> Option<&str> {
    parts(address).map(|(_, domain)| domain)
}

fn parts(address: &str) -> Option<(&str, &str)> {
    address.rsplit_once('@').filter(|(local, domain)| !local.is_empty() && !domain.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_or_none() {
        for (address, local, domain) in [
            ("ann.lee@x.com", Some("ann.lee"), Some("x.com")),
            ("\"a@b\"@x.com", Some("\"a@b\""), Some("x.com")),
            ("张伟@例子.中国", Some("张伟"), Some("例子.中国")),
            ("@x.com", None, None),
            ("ann@", None, None),
            ("ann", None, None),
            ("", None, None),
        ] {
            assert_eq!((email_local_part(address), email_domain(address)), (local, domain), "{address}");
        }
    }
}
