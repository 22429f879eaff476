use super::*;

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::local(dir.path());
    (dir, store)
}

async fn list_glob(store: &Store, glob: &str) -> Result<Vec<Object>, Error> {
    store.list_matching(&PathPattern::parse(glob).unwrap()).await
}

fn paths(objects: &[Object]) -> Vec<&str> {
    objects.iter().map(|object| object.path.as_str()).collect()
}

#[tokio::test]
async fn create_is_exclusive_and_leaves_nothing_else() {
    let (dir, store) = store();
    assert_eq!(store.create("commits/1.json", Bytes::from("a")).await.unwrap(), Created::New);
    assert_eq!(store.create("commits/1.json", Bytes::from("b")).await.unwrap(), Created::Exists);
    assert_eq!(store.get("commits/1.json").await.unwrap().unwrap().0, "a");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn globs_select_files() {
    let (_dir, store) = store();
    for path in ["crm/customers-2.csv", "crm/customers-1.csv", "crm/old/customers-0.csv", "orders.csv"] {
        store.put(path, Bytes::from("x")).await.unwrap();
    }
    assert_eq!(
        paths(&list_glob(&store, "crm/customers*.csv").await.unwrap()),
        ["crm/customers-1.csv", "crm/customers-2.csv"]
    );
    assert_eq!(list_glob(&store, "crm/**/*.csv").await.unwrap().len(), 3);
    assert!(list_glob(&store, "nowhere/*.csv").await.unwrap().is_empty());
    assert!(list_glob(&store, "../*.csv").await.is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn links_stay_inside() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.csv"), "x").unwrap();
    let (dir, store) = store();
    store.put("real/a.csv", Bytes::from("x")).await.unwrap();
    std::os::unix::fs::symlink(dir.path().join("real/a.csv"), dir.path().join("b.csv")).unwrap();
    std::os::unix::fs::symlink(dir.path(), dir.path().join("real/loop")).unwrap();
    assert_eq!(paths(&list_glob(&store, "*.csv").await.unwrap()), ["b.csv"]);
    assert_eq!(paths(&list_glob(&store, "**/a.csv").await.unwrap()), ["real/a.csv"]);
    std::os::unix::fs::symlink(outside.path().join("secret.csv"), dir.path().join("c.csv")).unwrap();
    assert!(matches!(list_glob(&store, "*.csv").await, Err(Error::Escapes { .. })));
    assert_eq!(list_glob(&store, "b*.csv").await.unwrap().len(), 1, "a link that nothing asks for harms nobody");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_without_a_name_that_can_be_written_is_not_passed_over() {
    use std::os::unix::ffi::OsStrExt as _;
    let (dir, store) = store();
    std::fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"\xff\xfe.csv")), "x").unwrap();
    assert!(matches!(list_glob(&store, "*.csv").await, Err(Error::Name { .. })));
    assert!(list_glob(&store, "*.json").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_replaced_file_is_noticed() {
    let (dir, store) = store();
    store.put("a", Bytes::from("1")).await.unwrap();
    let listed = store.head("a").await.unwrap().unwrap();
    store.put("a", Bytes::from("22")).await.unwrap();
    let to = dir.path().join("copy");
    assert!(matches!(store.download(&listed, &to).await, Err(Error::Changed { .. })));
    assert_eq!(store.swap("a", &listed, Bytes::from("3")).await.unwrap(), Swapped::Stale);
    let now = store.head("a").await.unwrap().unwrap();
    assert_eq!(store.swap("a", &now, Bytes::from("3")).await.unwrap(), Swapped::Done);
}

#[tokio::test]
async fn folders_go_as_one() {
    let (dir, store) = store();
    store.put("releases/1/a", Bytes::from("1")).await.unwrap();
    store.put("releases/2/a", Bytes::from("1")).await.unwrap();
    store.delete_folder("releases/1").await.unwrap();
    store.delete_folder("releases/1").await.unwrap();
    assert_eq!(store.folders("releases").await.unwrap(), ["2"]);
    std::fs::write(dir.path().join("77-0.unfinished"), "").unwrap();
    store.sweep().await.unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn digests_read_every_byte() {
    let (_dir, store) = store();
    store.put("a", Bytes::from("abc")).await.unwrap();
    let object = store.head("a").await.unwrap().unwrap();
    let (digest, length) = store.digest(&object).await.unwrap();
    assert_eq!(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(length, 3);
}

#[test]
fn locations_are_told_apart() {
    let base = Path::new("/project");
    assert_eq!(Store::open("marts", base).unwrap().display(), "/project/marts");
    assert_eq!(Store::open("file:///data/x", base).unwrap().display(), "/data/x");
    assert_eq!(Store::open("s3://bucket/a/b/", base).unwrap().display(), "s3://bucket/a/b");
    for bad in ["", "s3://", "ftp://user:secret@host/x", "s3://key:secret@bucket/x"] {
        let message = Store::open(bad, base).unwrap_err().to_string();
        assert!(!message.contains("secret"), "{message}");
    }
}

/// Needs a bucket `septet-test` and the AWS_… variables of a server to try it on.
#[tokio::test]
async fn large_objects_travel_in_parts() {
    if std::env::var_os("AWS_ENDPOINT").is_none() {
        println!("skipped large_objects_travel_in_parts: AWS_ENDPOINT names no S3 server to try it on");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open("s3://septet-test/parts", dir.path()).unwrap();
    let from = dir.path().join("large");
    let bytes: Vec<u8> = (0..40_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    std::fs::write(&from, &bytes).unwrap();
    store.upload(&from, "folder/large").await.unwrap();
    let listed = list_glob(&store, "folder/l*").await.unwrap();
    assert_eq!((paths(&listed), listed[0].size), (vec!["folder/large"], 40_000_000));
    let to = dir.path().join("copy");
    store.download(&listed[0], &to).await.unwrap();
    assert!(std::fs::read(&to).unwrap() == bytes);
    assert_eq!(store.digest(&listed[0]).await.unwrap().0, hex(&Sha256::digest(&bytes)));
    store.put("folder/large", Bytes::from(vec![0; 40_000_000])).await.unwrap();
    assert!(matches!(store.download(&listed[0], &to).await, Err(Error::Changed { .. })));
    assert!(store.get("folder/none").await.unwrap().is_none());
    store.put("客户/a b+c%20=1.csv", Bytes::from("x")).await.unwrap();
    assert_eq!(paths(&list_glob(&store, "客户/*").await.unwrap()), ["客户/a b+c%20=1.csv"]);
    assert_eq!(store.get("客户/a b+c%20=1.csv").await.unwrap().unwrap().0, "x");
    store.delete_folder("folder").await.unwrap();
    assert!(store.list("folder").await.unwrap().is_empty());
    let gone = Store::open("s3://septet-no-such-bucket/x", dir.path()).unwrap();
    let error = gone.list("").await.unwrap_err();
    assert!(!error.transient(), "{error}");
    println!("{error}");
}
