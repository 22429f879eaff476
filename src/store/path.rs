//! Relative paths inside a location.

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
}
