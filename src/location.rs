//! Where a storage is: a folder, or a bucket with a prefix. What is wrong with one is said before anything is opened.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A path, relative to the project unless it begins with `/`.
    Folder(String),
    Bucket(Bucket),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    pub cloud: Cloud,
    /// Of a bucket, or of an Azure container.
    pub name: String,
    /// Without `/` at its ends; may be empty.
    pub prefix: String,
    /// As it was written, without the prefix: `abfss://container@account.dfs.core.windows.net`.
    root: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cloud {
    S3,
    Gcs,
    Azure {
        /// When the location names one; else the environment does.
        account: Option<String>,
        /// OneLake rather than a storage account.
        fabric: bool,
    },
}

/// A location that cannot be one. Holds no more of it than may be shown: credentials may have been written into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub shown: String,
    pub reason: String,
}

pub const FORMS: &str = "use a path, or s3://bucket/prefix, gs://bucket/prefix, az://container/prefix, abfss://container@account.dfs.core.windows.net/prefix";

const AZURE_HOSTS: [(&str, bool); 4] = [
    ("dfs.core.windows.net", false),
    ("blob.core.windows.net", false),
    ("dfs.fabric.microsoft.com", true),
    ("blob.fabric.microsoft.com", true),
];

impl Location {
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return match text {
                "" => Err(Refused { shown: String::new(), reason: "it is empty".to_owned() }),
                path => Ok(Self::Folder(path.to_owned())),
            };
        };
        let refuse = |reason: &str| Err(Refused { shown: format!("{scheme}://…"), reason: reason.to_owned() });
        let cloud = match scheme {
            "file" if rest.starts_with('/') => return Ok(Self::Folder(rest.to_owned())),
            "s3" | "s3a" => Cloud::S3,
            "gs" => Cloud::Gcs,
            "az" | "azure" | "adl" | "abfs" | "abfss" => Cloud::Azure { account: None, fabric: false },
            _ => return refuse(&format!("`{scheme}` is not a kind of storage known here")),
        };
        let (authority, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let (name, host) = match authority.split_once('@') {
            Some((name, host)) if cloud != Cloud::S3 && cloud != Cloud::Gcs => (name, Some(host)),
            _ => (authority, None),
        };
        if name.is_empty() {
            return refuse("it names no bucket");
        }
        let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '$'));
        if !plain(name) || !host.is_none_or(plain) || prefix.contains(['?', '#']) {
            return refuse("it may hold only a bucket and a prefix: credentials come from the environment");
        }
        let cloud = match host {
            None => cloud,
            Some(host) => match azure_account(host) {
                Some((account, fabric)) => Cloud::Azure { account: Some(account.to_owned()), fabric },
                None => return refuse("after the `@` there is no host of Azure storage"),
            },
        };
        let prefix = prefix.trim_end_matches('/');
        let unclear = |part: &str| matches!(part, "" | "." | "..") || part.chars().any(char::is_control);
        if !prefix.is_empty() && prefix.split('/').any(unclear) {
            return refuse("its prefix has an empty part, `.`, `..` or a control character");
        }
        let root = format!("{scheme}://{authority}");
        Ok(Self::Bucket(Bucket { cloud, name: name.to_owned(), prefix: prefix.to_owned(), root }))
    }
}

fn azure_account(host: &str) -> Option<(&str, bool)> {
    let (account, domain) = host.split_once('.')?;
    let (_, fabric) = AZURE_HOSTS.into_iter().find(|(known, _)| *known == domain)?;
    (!account.is_empty()).then_some((account, fabric))
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.root)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(text: &str) -> (Cloud, String, String, String) {
        match Location::parse(text) {
            Ok(Location::Bucket(bucket)) => {
                let shown = bucket.to_string();
                (bucket.cloud, bucket.name, bucket.prefix, shown)
            }
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn buckets_and_prefixes() {
        let azure = |account: Option<&str>, fabric| Cloud::Azure { account: account.map(str::to_owned), fabric };
        for (text, cloud, name, prefix, shown) in [
            ("s3://lake/a/b/", Cloud::S3, "lake", "a/b", "s3://lake/a/b"),
            ("s3a://lake", Cloud::S3, "lake", "", "s3a://lake"),
            ("gs://lake.example.org/客户", Cloud::Gcs, "lake.example.org", "客户", "gs://lake.example.org/客户"),
            ("az://lake/a", azure(None, false), "lake", "a", "az://lake/a"),
            ("abfss://lake/a", azure(None, false), "lake", "a", "abfss://lake/a"),
            (
                "abfss://lake@shop.dfs.core.windows.net/a",
                azure(Some("shop"), false),
                "lake",
                "a",
                "abfss://lake@shop.dfs.core.windows.net/a",
            ),
            (
                "abfss://space@onelake.dfs.fabric.microsoft.com/a",
                azure(Some("onelake"), true),
                "space",
                "a",
                "abfss://space@onelake.dfs.fabric.microsoft.com/a",
            ),
        ] {
            assert_eq!(bucket(text), (cloud, name.to_owned(), prefix.to_owned(), shown.to_owned()), "{text}");
        }
    }

    #[test]
    fn folders() {
        for (text, folder) in [("marts", "marts"), ("/data/x", "/data/x"), ("file:///data/x", "/data/x")] {
            assert_eq!(Location::parse(text), Ok(Location::Folder(folder.to_owned())));
        }
    }

    #[test]
    fn what_is_refused_is_not_repeated() {
        for bad in [
            "",
            "s3://",
            "gs:///x",
            "file://x",
            "ftp://user:secret@host/x",
            "s3://key:secret@bucket/x",
            "s3://secret@bucket/x",
            "gs://secret@bucket/x",
            "az://lake@secret.example.org/x",
            "az://lake:secret@shop.dfs.core.windows.net/x",
            "az://lake/x?sig=secret",
            "s3://lake/../secret",
            "https://shop.blob.core.windows.net/lake?sig=secret",
        ] {
            let refused = Location::parse(bad).expect_err(bad);
            assert!(!format!("{refused:?}").contains("secret"), "{refused:?}");
        }
    }
}
