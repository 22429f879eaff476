//! What can go wrong with storage, told apart by what a person or a scheduler should do next.

use std::fmt;
use std::io;

#[derive(Debug)]
pub enum Error {
    /// The location itself cannot be used: a scheme that is not known, a URL without a bucket.
    Location { location: String, reason: String },
    /// A path that could leave the location, or that no store can hold.
    Path { path: String, reason: &'static str },
    /// Nothing is there.
    Missing { place: String },
    /// The object was replaced while it was being read.
    Changed { place: String },
    /// A symbolic link leads out of the location.
    Escapes { place: String },
    /// A file that is meant, and cannot be called by a name.
    Name { place: String },
    /// The local file system refused.
    Io { action: &'static str, place: String, source: io::Error },
    /// The object store refused or could not be reached. `reason` holds no request, no header and no credential.
    Remote { action: &'static str, place: String, reason: String, transient: bool },
}

impl Error {
    pub(super) fn io(action: &'static str, place: impl Into<String>, source: io::Error) -> Self {
        let place = place.into();
        if source.kind() == io::ErrorKind::NotFound {
            Self::Missing { place }
        } else {
            Self::Io { action, place, source }
        }
    }

    /// Names the operation, the object and the server's answer. The error of `object_store` is not kept: its texts quote
    /// whole responses, and those can name access keys and signed requests.
    pub(super) fn remote(action: &'static str, place: String, error: &object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::Missing { place },
            object_store::Error::Precondition { .. } | object_store::Error::NotModified { .. } => {
                Self::Changed { place }
            }
            // Of a read that was taken up again after its connection broke.
            object_store::Error::Generic { .. } if status_of(&error.to_string()) == Some(412) => {
                Self::Changed { place }
            }
            _ => {
                let (reason, transient) = describe(error);
                Self::Remote { action, place, reason, transient }
            }
        }
    }

    /// Whether the same call may succeed later without anybody mending anything in the project: the network, a busy
    /// server, expired credentials, a full disk, an upload that was still going on.
    pub fn transient(&self) -> bool {
        match self {
            Self::Io { .. } | Self::Changed { .. } => true,
            Self::Remote { transient, .. } => *transient,
            Self::Location { .. }
            | Self::Path { .. }
            | Self::Missing { .. }
            | Self::Escapes { .. }
            | Self::Name { .. } => false,
        }
    }

    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            Self::Location { location, .. } if location.contains("://") && !location.ends_with('…') => {
                format!("set the {} variables that docs/storage.md lists", variables(location))
            }
            Self::Location { .. } => crate::location::FORMS.to_owned(),
            Self::Path { .. } => "use relative paths with `/` between their parts".to_owned(),
            Self::Missing { .. } => {
                "check the location under `storage:` and that the object was not removed".to_owned()
            }
            Self::Changed { .. } => "let the upload finish, then run again".to_owned(),
            Self::Name { .. } => "rename the file".to_owned(),
            Self::Escapes { .. } => "copy the file below the location, or make its real folder the location".to_owned(),
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied => "give the user that runs septet access to it".to_owned(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "free some space (`septet gc` removes old releases), then run again".to_owned()
                }
                _ => "check the disk or mount, then run again".to_owned(),
            },
            Self::Remote { transient: true, place, .. } => {
                let variables = variables(place);
                format!("check the network, the endpoint and the credentials ({variables} variables), then run again")
            }
            Self::Remote { .. } => "check the bucket, its region and the policy of these credentials".to_owned(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Location { location, reason } => {
                write!(f, "storage location `{}` cannot be used: {reason}", without_password(location))
            }
            Self::Path { path, reason } => write!(f, "path `{path}` cannot be used: {reason}"),
            Self::Missing { place } => write!(f, "{place} does not exist"),
            Self::Changed { place } => write!(f, "{place} was replaced while it was being read or written"),
            Self::Name { place } => write!(f, "{place} has a name that is not UTF-8"),
            Self::Escapes { place } => write!(f, "{place} is a symbolic link that leads out of its storage location"),
            Self::Io { action, place, source } => write!(f, "cannot {action} {place}: {source}"),
            Self::Remote { action, place, reason, .. } => write!(f, "cannot {action} {place}: {reason}"),
        }
    }
}

/// A location as it may be shown: without the user and password that stand in some URLs.
fn without_password(location: &str) -> String {
    let Some((scheme, rest)) = location.split_once("://") else { return location.to_owned() };
    let authority = rest.find('/').unwrap_or(rest.len());
    match rest.get(..authority).and_then(|authority| authority.rfind('@')) {
        Some(at) => format!("{scheme}://…{}", rest.get(at..).unwrap_or_default()),
        None => location.to_owned(),
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

fn variables(place: &str) -> &'static str {
    match place.split_once("://") {
        Some(("s3" | "s3a", _)) => "AWS_…",
        Some(("gs", _)) => "GOOGLE_…",
        _ => "AZURE_…",
    }
}

/// The part of an `object_store` error that is safe to print, and whether a later attempt may succeed.
fn describe(error: &object_store::Error) -> (String, bool) {
    use object_store::Error as E;
    use object_store::client::{HttpError, HttpErrorKind};
    match error {
        E::PermissionDenied { .. } => return (with_code("access denied", error), true),
        E::Unauthenticated { .. } => return (with_code("not authenticated", error), true),
        E::AlreadyExists { .. } => return (with_code("another write was in the way", error), true),
        E::InvalidPath { .. } => return ("the path is not valid there".to_owned(), false),
        E::NotSupported { .. } | E::NotImplemented { .. } => {
            return ("the store does not support this operation".to_owned(), false);
        }
        _ => {}
    }
    let text = error.to_string();
    let what = match CREDENTIALS.iter().any(|part| text.contains(part)) {
        true => "no credentials could be got: ",
        false => "",
    };
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(http) = current.downcast_ref::<HttpError>() {
            let reason = match http.kind() {
                HttpErrorKind::Connect => "no connection to the server",
                HttpErrorKind::Timeout => "the server did not answer in time",
                HttpErrorKind::Request | HttpErrorKind::Interrupted => "the connection broke",
                HttpErrorKind::Decode => "the answer could not be read",
                _ => "the request failed",
            };
            return (format!("{what}{reason}"), true);
        }
        cause = current.source();
    }
    if let Some(status) = status_of(&text) {
        let transient = status >= 500 || matches!(status, 401 | 403 | 408 | 409 | 429);
        return (with_code(&format!("{what}the server answered {status}"), error), transient);
    }
    // Credential providers and clients fail with texts of their own, which may quote what they were given.
    (format!("{what}the request could not be made or its answer could not be used"), true)
}

/// How errors of the ways to credentials begin: metadata servers, token services, files with tokens.
const CREDENTIALS: [&str; 4] =
    ["token request", "token response", "federated token file", "az account get-access-token"];

fn status_of(text: &str) -> Option<u16> {
    let (_, rest) = text.split_once("status code: ")?;
    rest.get(..3)?.parse().ok()
}

/// Appends the error code of an S3 answer (`SlowDown`, `ExpiredToken`): a fixed word, never part of a request.
fn with_code(reason: &str, error: &object_store::Error) -> String {
    let text = error.to_string();
    let code = text
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"))
        .map(|(code, _)| code)
        .filter(|code| code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric()));
    match code {
        Some(code) => format!("{reason} ({code})"),
        None => reason.to_owned(),
    }
}
