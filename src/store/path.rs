//! Relative paths inside a location, and the globs that select them.

use globset::{GlobBuilder, GlobMatcher};

use super::Error;

/// Refuses whatever could mean a place outside the location, or mean different places to different stores.
pub(super) fn checked(path: &str) -> Result<&str, Error> {
    let refuse = |reason| Err(Error::Path { path: path.to_owned(), reason });
    if path.is_empty() {
        return refuse("it is empty");
    }
    if path.starts_with('/') {
        return refuse("it is absolute");
    }
    for part in path.split('/') {
        match part {
            "" => return refuse("it has an empty part"),
            "." | ".." => return refuse("`.` and `..` could leave the location"),
            _ if part.chars().any(char::is_control) => return refuse("it has a control character"),
            _ => {}
        }
    }
    Ok(path)
}

/// The folder that every match of a glob lies in: its leading parts without a wildcard.
pub(super) fn literal_prefix(pattern: &str) -> &str {
    let special = pattern.find(['*', '?', '[', '{', '\\']).unwrap_or(pattern.len());
    let folder = pattern.get(..special).unwrap_or(pattern);
    folder.rfind('/').map_or("", |end| folder.get(..end).unwrap_or(""))
}

/// `*` stays within one folder, `**` does not: what people know from shells and from other readers of Parquet.
pub(super) fn glob(pattern: &str) -> Result<GlobMatcher, Error> {
    checked(pattern)?;
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    match glob {
        Ok(glob) => Ok(glob.compile_matcher()),
        Err(_) => Err(Error::Path { path: pattern.to_owned(), reason: "it is not a glob" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        for bad in ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a\0b", "a/"] {
            assert!(checked(bad).is_err(), "{bad:?}");
        }
        for good in ["a", "客户/a b.csv", "fct_sale/month=2024-01/part-x-00000.parquet", "a..b"] {
            assert!(checked(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn globs_list_only_their_folder() {
        assert_eq!(literal_prefix("crm/2024/customers*.csv"), "crm/2024");
        assert_eq!(literal_prefix("customers.csv"), "");
        assert_eq!(literal_prefix("crm/**/x.csv"), "crm");
        assert_eq!(literal_prefix("crm/x.csv"), "crm");
    }

    #[test]
    fn a_star_stays_in_its_folder() {
        let matcher = glob("crm/*.csv").unwrap();
        assert!(matcher.is_match("crm/a.csv"));
        assert!(!matcher.is_match("crm/old/a.csv"));
        assert!(glob("crm/**/*.csv").unwrap().is_match("crm/old/deep/a.csv"));
    }
}
