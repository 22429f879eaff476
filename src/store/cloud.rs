//! Clients for the object stores of each cloud. Endpoint, region and credentials come from the usual variables and
//! chains, which only the client reads: they never pass through values of this program.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::{BackoffConfig, ObjectStore, RetryConfig};

use super::Error;
use crate::location::{Bucket, Cloud};

/// What a version of an object is known by when it is to be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Versions {
    /// The ETag: S3 and Azure.
    ETag,
    /// A number that only reads give, not listings: Google's conditional writes do not know ETags.
    Generation,
}

/// Transient faults are waited out for about twenty seconds, with growing and random pauses, and never for more than a
/// minute: then the run ends, and whoever started it decides when to try again.
pub(super) fn retry() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(8),
            // Each pause is between the first and three times the one before: it grows by half on average.
            base: 3.0,
        },
        max_retries: 10,
        retry_timeout: Duration::from_secs(60),
    }
}

pub(super) fn open(bucket: &Bucket) -> Result<(Arc<dyn ObjectStore>, Versions), Error> {
    let refuse = |error: object_store::Error| Error::Location {
        location: bucket.to_string(),
        reason: reason(&bucket.cloud, &error),
    };
    match &bucket.cloud {
        Cloud::S3 => {
            let builder = AmazonS3Builder::from_env()
                .with_bucket_name(&bucket.name)
                .with_conditional_put(S3ConditionalPut::ETagMatch)
                .with_retry(retry());
            Ok((Arc::new(builder.build().map_err(refuse)?), Versions::ETag))
        }
        Cloud::Gcs => {
            let builder = GoogleCloudStorageBuilder::from_env().with_bucket_name(&bucket.name).with_retry(retry());
            Ok((Arc::new(builder.build().map_err(refuse)?), Versions::Generation))
        }
        Cloud::Azure { account, fabric } => {
            let mut builder = MicrosoftAzureBuilder::from_env().with_container_name(&bucket.name).with_retry(retry());
            if let Some(account) = account {
                builder = builder.with_account(account).with_use_fabric_endpoint(*fabric);
            }
            Ok((Arc::new(builder.build().map_err(refuse)?), Versions::ETag))
        }
    }
}

/// Why the environment describes no store. The client's own texts are not repeated: they may quote what they were given.
fn reason(cloud: &Cloud, error: &object_store::Error) -> String {
    const KNOWN: [(&str, &str); 10] = [
        ("Account must be specified", "no storage account is named: set AZURE_STORAGE_ACCOUNT_NAME"),
        ("Invalid Access Key", "AZURE_STORAGE_ACCOUNT_KEY is not Base64"),
        ("SAS", "AZURE_STORAGE_SAS_KEY is not a shared access signature"),
        ("Unable to open service account file", "the file with Google credentials cannot be read"),
        ("Unable to decode service account file", "the Google credentials are not JSON of a known kind"),
        ("One of service account path", "GOOGLE_SERVICE_ACCOUNT and GOOGLE_SERVICE_ACCOUNT_KEY are both set"),
        ("RSA key", "the private key in the Google credentials cannot be used"),
        ("pem file", "the private key in the Google credentials cannot be used"),
        ("Missing AccessKeyId", "AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID"),
        ("Missing SecretAccessKey", "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"),
    ];
    let text = error.to_string();
    match KNOWN.iter().find(|(part, _)| text.contains(part)) {
        Some((_, reason)) => (*reason).to_owned(),
        None => format!("the {} variables do not describe a store that can be reached", variables(cloud)),
    }
}

fn variables(cloud: &Cloud) -> &'static str {
    match cloud {
        Cloud::S3 => "AWS_…",
        Cloud::Gcs => "GOOGLE_…",
        Cloud::Azure { .. } => "AZURE_…",
    }
}
