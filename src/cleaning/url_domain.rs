//! `url_domain`: the domain that someone registered, out of an address on the web.
//!
//! The host is read by the WHATWG URL standard, as browsers do; what of it can be registered is said by the Public
//! Suffix List (publicsuffix.org), so that `shop.acme.co.uk` and `www.acme.co.uk` are one company.

use std::borrow::Cow;

use url::{Host, Url};

use super::Plain;
use super::clean_text::clean_text;

pub(super) const FUNCTION: Plain = Plain {
    name: "url_domain",
    about: "The registrable domain of a web address, a host or an e-mail address: lower case, without scheme, user, subdomains, port and path. NULL when there is none under a public suffix, as for an IP address. International domains as people read them.",
    example: ("https://user@shop.Example.co.uk:8080/a?b", "example.co.uk"),
    clean: url_domain,
};

/// No host is longer (RFC 1035); an address has its host in front.
const LONGEST: usize = 4096;

fn url_domain(text: &str) -> Option<Cow<'_, str>> {
    let text = clean_text(text)?;
    if text.len() > LONGEST {
        return None;
    }
    let after = match text.find("://") {
        Some(at) if text.get(..at).is_some_and(|scheme| scheme.chars().all(|c| c.is_ascii_alphanumeric())) => {
            text.get(at + 3..)?
        }
        _ => text.trim_start_matches("mailto:").trim_start_matches('/'),
    };
    let url = Url::parse(&format!("http://{after}")).ok()?;
    let Some(Host::Domain(host)) = url.host() else { return None };
    let host = host.trim_end_matches('.');
    let domain = psl::domain(host.as_bytes()).filter(|domain| domain.suffix().is_known())?;
    let domain = std::str::from_utf8(domain.as_bytes()).ok()?;
    if !domain.contains("xn--") {
        return Some(Cow::Owned(domain.to_owned()));
    }
    let (readable, result) = idna::domain_to_unicode(domain);
    Some(Cow::Owned(if result.is_ok() { readable } else { domain.to_owned() }))
}
