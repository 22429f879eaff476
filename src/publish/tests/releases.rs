use std::path::PathBuf;
use std::time::Duration;

use super::*;

/// Releases somewhere, and the folder that their location is relative to.
struct Place {
    releases: Releases,
    dir: tempfile::TempDir,
}

fn local() -> Place {
    let dir = tempfile::tempdir().unwrap();
    let releases = Releases::open("marts", dir.path(), &dir.path().join("scratch")).unwrap();
    Place { releases, dir }
}

impl Place {
    fn served(&self) -> PathBuf {
        self.dir.path().join("marts/current")
    }

    /// What a reader of the served path sees: each file with its size.
    fn seen(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![self.served()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(path.strip_prefix(self.served()).unwrap().to_string_lossy().into_owned());
                }
            }
        }
        files.sort();
        files
    }
}

/// Writes one month of `sales` and all of `shop`, carrying the other months over from `base`.
async fn draft(releases: &Releases, run_id: &str, base: Option<&Commit>, month: &str, amount: i128) -> (Commit, Work) {
    let work = releases.work(run_id).unwrap();
    let sales = spec("sales", run_id, work.path());
    let shop = SinkSpec { table: name("shop"), partition_by: vec![], ..sales.clone() };
    let rows = || vec![batch(&[(Some(month), "a", amount), (Some(month), "b", amount)])];
    let mut files = write_all(&sales, rows()).await.unwrap().files;
    let written: Vec<_> = files.iter().map(|file| file.partition.clone()).collect();
    let carried = base.into_iter().flat_map(|base| &base.marts[&name("sales")].files);
    files.extend(carried.filter(|file| !written.contains(&file.partition)).cloned());
    let number = base.map_or(1, |base| base.number + 1);
    let shop_files = write_all(&shop, rows()).await.unwrap().files;
    let marts = vec![(name("sales"), mart(&sales, files, number)), (name("shop"), mart(&shop, shop_files, number))];
    (commit(number, run_id, marts), work)
}

async fn publish(releases: &Releases, run_id: &str, month: &str, amount: i128) -> Commit {
    let lock = releases.lock(run_id, now()).await.unwrap();
    releases.recover(&lock).await.unwrap();
    let base = releases.latest().await.unwrap();
    let (commit, work) = draft(releases, run_id, base.as_ref(), month, amount).await;
    releases.publish(&lock, &commit, base.as_ref(), work.path()).await.unwrap();
    work.remove().unwrap();
    lock.release().await.unwrap();
    commit
}

/// What holds wherever releases are kept.
async fn life(releases: &Releases) {
    assert_eq!(releases.latest().await.unwrap(), None);
    let first = publish(releases, "r1", "2026-09", 100).await;
    let second = publish(releases, "r2", "2026-10", 200).await;
    assert_eq!(releases.latest().await.unwrap().unwrap(), second);
    assert_eq!(releases.pointer().await.unwrap().unwrap().number, 2);
    assert_eq!(second.marts[&name("sales")].files.len(), 2, "September came along");
    assert_eq!(second.marts[&name("sales")].files[0].path, first.marts[&name("sales")].files[0].path);

    // One at a time, and a record is created once.
    let lock = releases.lock("r3", now()).await.unwrap();
    let busy = releases.lock("r4", now()).await.unwrap_err();
    assert_eq!(busy.class(), Class::Busy);
    assert!(busy.to_string().contains("r3"), "{busy}");
    let (third, work) = draft(releases, "r3", Some(&second), "2026-10", 300).await;
    releases.assemble(&lock, &third, Some(&second), work.path()).await.unwrap();
    let audited = releases.audit(&third, Some(&second)).await.unwrap();
    assert_eq!((audited.read, audited.known), (2, 1));
    assert_eq!(releases.commit(&lock, &third).await.unwrap(), Outcome::Won);
    assert_eq!(releases.commit(&lock, &third).await.unwrap(), Outcome::Won, "its own record is recognised");
    let zombie = Commit { run_id: "r0".to_owned(), ..third.clone() };
    assert_eq!(releases.commit(&lock, &zombie).await.unwrap(), Outcome::Lost);

    // The run dies here; the next one takes readers on.
    lock.release().await.unwrap();
    drop(work);
    assert_eq!(releases.pointer().await.unwrap().unwrap().number, 2);
    let lock = releases.lock("r4", now()).await.unwrap();
    let recovery = releases.recover(&lock).await.unwrap();
    assert_eq!(recovery, Recovery { rolled_forward: Some(3), orphans: vec![] });
    releases.point(&lock, &first).await.unwrap();
    assert_eq!(releases.pointer().await.unwrap().unwrap().number, 3, "only forwards");

    // Back is a new release.
    let back = releases.rollback(&lock, 1, "r4", now()).await.unwrap();
    assert_eq!((back.number, back.kind), (4, Kind::Rollback { of: 1 }));
    assert_eq!(back.marts, first.marts);
    let cache = tempfile::tempdir().unwrap();
    let files: Vec<&FileRecord> = back.files().collect();
    for _ in 0..2 {
        for (path, file) in releases.local_files(&back, &files, cache.path()).await.unwrap().iter().zip(&files) {
            assert_eq!(std::fs::metadata(path).unwrap().len(), file.bytes);
        }
    }

    // A run that died while it wrote, and clean-up.
    let (dead, work) = draft(releases, "dead", Some(&back), "2026-10", 1).await;
    releases.assemble(&lock, &dead, Some(&back), work.path()).await.unwrap();
    drop(work);
    assert_eq!(releases.recover(&lock).await.unwrap().orphans, ["00000005-dead"]);
    let retention = Retention { keep: 1, min_age: Duration::ZERO, grace: Duration::ZERO };
    tokio::time::sleep(Duration::from_secs(if releases.served.is_some() { 0 } else { 2 })).await;
    lock.renew(now()).await.unwrap();
    let cleaned = releases.gc(&lock, &retention, now()).await.unwrap();
    assert_eq!((cleaned.releases.as_slice(), cleaned.orphans.len()), ([3, 2, 1].as_slice(), 1));
    assert_eq!(cleaned.work.len(), 2, "{:?}", cleaned.work);
    let present: Vec<(u64, bool)> =
        releases.list().await.unwrap().iter().map(|listed| (listed.commit.number, listed.present)).collect();
    assert_eq!(present, [(4, true), (3, false), (2, false), (1, false)]);
    assert!(matches!(releases.rollback(&lock, 2, "r5", now()).await, Err(Error::Expired { number: 2 })));
    assert!(matches!(releases.rollback(&lock, 9, "r5", now()).await, Err(Error::NoRelease { number: 9 })));
    lock.release().await.unwrap();
    publish(releases, "r6", "2026-11", 5).await;
    assert_eq!(releases.latest().await.unwrap().unwrap().number, 5, "the number of a dead run is free");
}

#[tokio::test]
async fn releases_live_locally() {
    let place = local();
    life(&place.releases).await;
    assert_eq!(
        std::fs::read_dir(place.dir.path().join("marts")).unwrap().count(),
        1,
        "nothing but `current` is served"
    );
    assert_eq!(
        place.seen(),
        [
            "sales/month=2026-09/part-r1-00000.parquet",
            "sales/month=2026-11/part-r6-00000.parquet",
            "shop/part-r6-00000.parquet",
        ]
    );
}

/// Needs a bucket `septet-test` and the AWS_… variables of a server to try it on.
#[tokio::test]
async fn releases_live_in_a_bucket() {
    if std::env::var_os("AWS_ENDPOINT").is_none() {
        println!("skipped releases_live_in_a_bucket: AWS_ENDPOINT names no S3 server to try it on");
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let name = scratch.path().file_name().unwrap().to_string_lossy().replace('.', "x");
    let releases = Releases::open(&format!("s3://septet-test/{name}/a"), scratch.path(), scratch.path()).unwrap();
    life(&releases).await;
    let lock = releases.lock("late", now()).await.unwrap();
    let later = now() + chrono::TimeDelta::minutes(11);
    let thief = releases.lock("thief", later).await.unwrap();
    assert_eq!(lock.renew(later).await.unwrap_err().class(), Class::Busy, "a lease that ran out is gone");
    thief.release().await.unwrap();
}

#[tokio::test]
async fn damage_is_refused() {
    let place = local();
    let releases = &place.releases;
    let first = publish(releases, "r1", "2026-09", 100).await;
    publish(releases, "r2", "2026-10", 200).await;
    let store = place.dir.path().join("marts.store");

    let record = store.join("commits/00000002.json");
    let good = std::fs::read(&record).unwrap();
    let refused = |error: Error| {
        assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
        error.to_diagnostic().to_string()
    };
    for bad in [&b"{}"[..], b"{\"format\":2,\"run_id\":\"x\"}", &good[..good.len() / 2]] {
        std::fs::write(&record, bad).unwrap();
        let lock = releases.lock("r3", now()).await.unwrap();
        let text = refused(releases.recover(&lock).await.unwrap_err());
        assert!(text.contains("00000002.json") && text.contains("repair"), "{text}");
    }
    let escaping = String::from_utf8(good.clone()).unwrap().replace("shop/part-r2", "../../part-r2");
    std::fs::write(&record, escaping).unwrap();
    refused(releases.latest().await.unwrap_err());
    std::fs::write(&record, &good).unwrap();

    let lock = releases.lock("r3", now()).await.unwrap();
    let file = store.join("releases/00000002-r2").join(&first.marts[&name("sales")].files[0].path);
    std::fs::remove_file(&file).unwrap();
    assert!(refused(releases.recover(&lock).await.unwrap_err()).contains("is missing"));
    std::fs::remove_file(place.served()).unwrap();
    std::os::unix::fs::symlink("../elsewhere", place.served()).unwrap();
    refused(releases.recover(&lock).await.unwrap_err());
    std::fs::remove_file(place.served()).unwrap();
    std::fs::create_dir(place.served()).unwrap();
    assert_eq!(releases.recover(&lock).await.unwrap_err().class(), Class::Usage);
}

#[tokio::test]
async fn the_audit_reads_every_byte() {
    let place = local();
    let releases = &place.releases;
    let lock = releases.lock("r1", now()).await.unwrap();
    let (commit, work) = draft(releases, "r1", None, "2026-10", 7).await;
    let path = &commit.marts[&name("shop")].files[0].path;
    let stored = place.dir.path().join("marts.store/releases/00000001-r1").join(path);
    let audit = |change: fn(&mut Vec<u8>)| {
        let (releases, commit, work, stored, lock) = (releases, &commit, &work, &stored, &lock);
        async move {
            releases.assemble(lock, commit, None, work.path()).await.unwrap();
            let mut bytes = std::fs::read(stored).unwrap();
            change(&mut bytes);
            std::fs::remove_file(stored).unwrap();
            if !bytes.is_empty() {
                std::fs::write(stored, bytes).unwrap();
            }
            releases.audit(commit, None).await
        }
    };
    assert!(audit(|_| {}).await.is_ok());
    for (change, reason) in [
        ((|bytes| bytes[20] ^= 1) as fn(&mut Vec<u8>), "read back"),
        (|bytes| bytes.truncate(30), "bytes"),
        (|bytes| bytes.clear(), "missing"),
    ] {
        let error = audit(change).await.unwrap_err();
        assert!(matches!(error, Error::Audit { .. }) && error.to_string().contains(reason), "{error}");
    }
    // What the record says of the content must hold too.
    releases.assemble(&lock, &commit, None, work.path()).await.unwrap();
    let mut wrong = commit.clone();
    let shop = wrong.marts.get_mut(&name("shop")).unwrap();
    (shop.rows, shop.files[0].rows) = (3, 3);
    assert!(releases.audit(&wrong, None).await.unwrap_err().to_string().contains("has 2 rows"));
    let mut wrong = commit.clone();
    wrong.marts.get_mut(&name("shop")).unwrap().columns[2].column_type = ColumnType::Double;
    assert!(releases.audit(&wrong, None).await.unwrap_err().to_string().contains("columns of its contract"));
    let stray = stored.with_file_name("part-x-00000.parquet");
    std::fs::write(&stray, "x").unwrap();
    assert!(releases.audit(&commit, None).await.unwrap_err().to_string().contains("not part of it"));
    assert_eq!(releases.latest().await.unwrap(), None);
}

#[tokio::test]
async fn leftovers_of_a_crash_do_no_harm() {
    let place = local();
    publish(&place.releases, "r1", "2026-09", 1).await;
    let store = place.dir.path().join("marts.store");
    // Died between making the link and renaming it, while writing a record, while removing, and in the same run's folder.
    std::os::unix::fs::symlink("nowhere", store.join("current.next")).unwrap();
    std::fs::write(store.join("99-0.unfinished"), "{").unwrap();
    std::fs::create_dir_all(store.join("trash/1-0/sales")).unwrap();
    std::fs::create_dir_all(store.join("releases/00000002-r2/sales")).unwrap();
    std::fs::write(store.join("releases/00000002-r2/sales/half.parquet"), "PAR1").unwrap();
    publish(&place.releases, "r2", "2026-10", 1).await;
    assert_eq!(place.releases.pointer().await.unwrap().unwrap().number, 2);
    assert!(!place.seen().contains(&"sales/half.parquet".to_owned()));
    let lock = place.releases.lock("r3", now()).await.unwrap();
    place.releases.gc(&lock, &Retention::default(), now()).await.unwrap();
    let mut left: Vec<_> =
        std::fs::read_dir(&store).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["commits", "lock", "releases", "work"]);
}

/// Readers that list a table and then open its files, as query engines do, while release after release appears.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_see_whole_releases() {
    use std::sync::atomic::{AtomicBool, Ordering};

    let place = local();
    publish(&place.releases, "r0", "2026-10", 0).await;
    let done = Arc::new(AtomicBool::new(false));
    let (table, stop) = (place.served().join("shop"), Arc::clone(&done));
    let reader = std::thread::spawn(move || {
        let (mut whole, mut loud) = (0, 0);
        while !stop.load(Ordering::Relaxed) {
            let listed: std::io::Result<Vec<PathBuf>> =
                std::fs::read_dir(&table).and_then(|entries| entries.map(|entry| entry.map(|e| e.path())).collect());
            let read = listed.and_then(|paths| paths.iter().map(std::fs::read).collect::<std::io::Result<Vec<_>>>());
            match read {
                // Without a least age a release goes while it is listed: then nothing is found, which readers say.
                Ok(files) if files.is_empty() => loud += 1,
                Ok(files) => {
                    assert_eq!(files.len(), 1, "one file a release");
                    assert!(files[0].ends_with(b"PAR1"));
                    whole += 1;
                }
                Err(_) => loud += 1,
            }
        }
        (whole, loud)
    });
    for run in 1..40 {
        publish(&place.releases, &format!("r{run}"), "2026-10", run).await;
        let lock = place.releases.lock("gc", now()).await.unwrap();
        let retention = Retention { keep: 2, min_age: Duration::ZERO, grace: Duration::ZERO };
        place.releases.gc(&lock, &retention, now()).await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    let (whole, loud) = reader.join().unwrap();
    assert!(whole > loud, "{whole} whole, {loud} loud");
}

#[test]
fn records_read_back_as_written() {
    let spec = spec("sales", "r1", Path::new(""));
    let file = FileRecord {
        path: "sales/month=2026-10/part-r1-00000.parquet".to_owned(),
        partition: Some("2026-10".to_owned()),
        rows: 1,
        bytes: 2,
        sha256: "00".to_owned(),
    };
    let commit = commit(7, "r1", vec![(name("sales"), mart(&spec, vec![file], 7))]);
    let json = commit.to_json().unwrap();
    assert_eq!(Commit::from_json("x", 7, &json).unwrap(), commit);
    assert_eq!(commit.to_json().unwrap(), json);
    assert!(Commit::from_json("x", 8, &json).is_err());
    for bad in ["", ".x", "-x", "a/b", "a b", "ü"] {
        assert!(check_run_id(bad).is_err(), "{bad}");
    }
}
