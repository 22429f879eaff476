use std::fs::File;

use arrow::array::{ArrayRef, AsArray as _, Date32Array, Float64Array, Int64Array, StringViewArray};
use arrow::compute::concat_batches;
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;

fn read(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap()
}

fn many(rows: usize) -> RecordBatch {
    let keys: Vec<String> = (0..rows).map(|row| format!("c{row:07}")).collect();
    let rows = keys.iter().enumerate().map(|(at, key)| {
        let month = if at * 3 < rows {
            "2026-08"
        } else if at * 3 < 2 * rows {
            "2026-09"
        } else {
            "2026-10"
        };
        (Some(month), key.as_str(), at as i128 % 991)
    });
    batch(&rows.collect::<Vec<_>>())
}

#[tokio::test]
async fn partitions_become_folders() {
    let dir = tempfile::tempdir().unwrap();
    let spec = spec("sales", "r1", dir.path());
    let written = write_all(
        &spec,
        vec![batch(&[(Some("2026-09"), "a", 100), (Some("2026-10"), "a", 200)]), batch(&[(None, "a", 1)])],
    )
    .await
    .unwrap();
    assert_eq!(written.rows, 3);
    let paths: Vec<&str> = written.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "sales/month=2026-09/part-r1-00000.parquet",
            "sales/month=2026-10/part-r1-00000.parquet",
            "sales/month=__HIVE_DEFAULT_PARTITION__/part-r1-00000.parquet",
        ]
    );
    let file = read(&dir.path().join(paths[1]));
    assert_eq!(
        file.schema().fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>(),
        ["customer_key", "net_sales"]
    );
    assert_eq!(file.schema().field(1).data_type(), &DataType::Decimal128(18, 2));
    assert_eq!(file.column(0).as_string::<i32>().value(0), "a");
    let stored = std::fs::read(dir.path().join(paths[0])).unwrap();
    assert_eq!(stored.len() as u64, written.files[0].bytes);
    assert_eq!(crate::store::hex(&<sha2::Sha256 as sha2::Digest>::digest(&stored)), written.files[0].sha256);
}

#[tokio::test]
async fn null_and_blank_share_a_folder_without_overwriting() {
    let dir = tempfile::tempdir().unwrap();
    let spec = spec("sales", "r1", dir.path());
    let rows = batch(&[(Some(""), "a", 1), (Some("2026-10"), "a", 2), (None, "b", 3)]);
    let written = write_all(&spec, vec![rows]).await.unwrap();
    let partitions: Vec<_> = written.files.iter().map(|file| (file.path.as_str(), file.rows)).collect();
    assert!(partitions.contains(&("sales/month=__HIVE_DEFAULT_PARTITION__/part-r1-00000.parquet", 1)));
    assert!(partitions.contains(&("sales/month=__HIVE_DEFAULT_PARTITION__/part-r1-00001.parquet", 1)));
}

#[tokio::test]
async fn bytes_do_not_depend_on_batches_or_runs() {
    let rows = many(50_000);
    let mut digests = Vec::new();
    for (run_id, size) in [("r1", 50_000), ("r2", 8192), ("r3", 777), ("r4", 8191)] {
        let dir = tempfile::tempdir().unwrap();
        let batches: Vec<RecordBatch> =
            (0..rows.num_rows()).step_by(size).map(|at| rows.slice(at, size.min(rows.num_rows() - at))).collect();
        let written = write_all(&spec("sales", run_id, dir.path()), batches).await.unwrap();
        assert_eq!((written.rows, written.files.len()), (50_000, 3));
        digests.push(written.files.into_iter().map(|file| file.sha256).collect::<Vec<_>>());
    }
    assert!(digests.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn views_give_the_bytes_of_strings() {
    let dir = tempfile::tempdir().unwrap();
    let rows = many(3000);
    let plain = write_all(&spec("sales", "r1", dir.path()), vec![rows.clone()]).await.unwrap();
    let view: ArrayRef = Arc::new(rows.column(2).as_string::<i32>().iter().collect::<StringViewArray>());
    let views = RecordBatch::try_from_iter_with_nullable([
        ("customer_key", view, true),
        ("month", rows.column(1).clone(), true),
        ("net_sales", rows.column(0).clone(), true),
    ])
    .unwrap();
    let viewed = write_all(&spec("sales", "r2", dir.path()), vec![views]).await.unwrap();
    assert_eq!(plain.files[0].sha256, viewed.files[0].sha256);
}

#[tokio::test]
async fn files_roll_by_size() {
    let dir = tempfile::tempdir().unwrap();
    let spec = SinkSpec { file_bytes: 40_000, partition_by: vec![], ..spec("sales", "r1", dir.path()) };
    let written = write_all(&spec, vec![many(50_000)]).await.unwrap();
    assert!(written.files.len() > 2, "{}", written.files.len());
    assert_eq!(written.files.iter().map(|file| file.rows).sum::<u64>(), 50_000);
    let keys: usize = written.files.iter().map(|file| read(&dir.path().join(&file.path)).num_rows()).sum();
    assert_eq!(keys, 50_000);
}

#[tokio::test]
async fn repeated_keys_are_counted_across_batches() {
    let dir = tempfile::tempdir().unwrap();
    let spec = spec("sales", "r1", dir.path());
    let first = batch(&[(Some("2026-09"), "a", 1), (Some("2026-09"), "a", 2), (Some("2026-09"), "b", 2)]);
    let second = batch(&[(Some("2026-09"), "b", 1), (Some("2026-10"), "b", 2)]);
    let error = write_all(&spec, vec![first, second]).await.unwrap_err();
    assert!(matches!(&error, Error::GrainNotUnique { duplicates: 2, .. }), "{error:?}");
    assert_eq!(error.class().exit_code(), 1);
    assert_eq!(error.to_string(), "`sales` is not one row per month, customer_key: 2 rows repeat an earlier one's key");
}

#[tokio::test]
async fn unsorted_rows_prove_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let spec = spec("sales", "r1", dir.path());
    let rows = batch(&[(Some("2026-10"), "b", 1), (Some("2026-10"), "a", 2)]);
    assert!(matches!(write_all(&spec, vec![rows]).await, Err(Error::NotSorted { .. })));
}

#[tokio::test]
async fn no_rows_are_still_a_table() {
    let dir = tempfile::tempdir().unwrap();
    let by_month = spec("sales", "r1", dir.path());
    let written = write_all(&by_month, vec![]).await.unwrap();
    assert_eq!(written.files[0].path, "sales/month=2026-10/part-r1-00000.parquet");
    assert_eq!(read(&dir.path().join(&written.files[0].path)).num_columns(), 2);
    let whole = SinkSpec { table: name("plain"), partition_by: vec![], ..by_month };
    let written = write_all(&whole, vec![batch(&[])]).await.unwrap();
    assert_eq!((written.files[0].path.as_str(), written.rows), ("plain/part-r1-00000.parquet", 0));
    assert_eq!(read(&dir.path().join(&written.files[0].path)).num_columns(), 3);
}

#[tokio::test]
async fn values_must_be_what_the_contract_says() {
    let dir = tempfile::tempdir().unwrap();
    let amount = |column: &str, column_type, values: ArrayRef| {
        let spec = SinkSpec {
            columns: vec![(name("id"), ColumnType::Bigint, String::new()), (name(column), column_type, String::new())],
            grain: vec![name("id")],
            partition_by: vec![],
            ..spec("t", "r1", dir.path())
        };
        let ids: ArrayRef = Arc::new((0..values.len() as i64).collect::<Int64Array>());
        let rows = RecordBatch::try_from_iter_with_nullable([("id", ids, true), ("x", values, true)]).unwrap();
        async move { write_all(&spec, vec![rows]).await }
    };
    let money = ColumnType::Decimal { precision: 5, scale: 2 };
    // A type that does not hold its own values: what the engine's arithmetic can give.
    let too_large = Decimal128Array::from(vec![100_000]).with_data_type(DataType::Decimal128(5, 2));
    assert!(matches!(amount("x", money, Arc::new(too_large)).await, Err(Error::Overflow { .. })));
    let wide = Decimal128Array::from(vec![100_000]).with_precision_and_scale(38, 2).unwrap();
    assert!(matches!(amount("x", money, Arc::new(wide)).await, Err(Error::Overflow { .. })));
    let finer = Decimal128Array::from(vec![1]).with_precision_and_scale(5, 3).unwrap();
    assert!(matches!(amount("x", money, Arc::new(finer)).await, Err(Error::ColumnType { .. })));
    let nan: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), Some(f64::NAN), Some(f64::INFINITY), None]));
    assert!(matches!(amount("x", ColumnType::Double, nan).await, Err(Error::NotFinite { count: 2, .. })));
    let double: ArrayRef = Arc::new(Float64Array::from(vec![1.0]));
    let error = amount("x", ColumnType::Bigint, double.clone()).await.unwrap_err();
    assert_eq!(error.to_string(), "column `x` of `t` is double, its contract says bigint");
    let error = amount("y", ColumnType::Double, double).await.unwrap_err();
    assert_eq!(error.to_string(), "the columns of `t` are not those of its contract: missing y; unexpected x");
}

#[tokio::test]
async fn days_name_partitions_and_odd_texts_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let by_day = SinkSpec {
        columns: vec![(name("as_of"), ColumnType::Date, String::new()), (name("k"), ColumnType::Bigint, String::new())],
        grain: vec![name("as_of"), name("k")],
        partition_by: vec![name("as_of")],
        ..spec("t", "r1", dir.path())
    };
    let days: ArrayRef = Arc::new(Date32Array::from(vec![20_757, 20_757]));
    let keys: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let rows = RecordBatch::try_from_iter_with_nullable([("as_of", days, true), ("k", keys, true)]).unwrap();
    let written = write_all(&by_day, vec![rows]).await.unwrap();
    assert_eq!(written.files[0].partition.as_deref(), Some("2026-10-31"));
    let odd = batch(&[(Some("../../etc"), "a", 1)]);
    let error = write_all(&spec("sales", "r1", dir.path()), vec![odd]).await.unwrap_err();
    assert!(matches!(error, Error::PartitionValue { .. }));
    assert!(!error.to_string().contains("etc"), "values stay out of messages");
}

#[tokio::test]
async fn a_failing_query_writes_nothing_that_counts() {
    let dir = tempfile::tempdir().unwrap();
    let rows = vec![Ok(many(20_000)), Err(DataFusionError::Execution("boom".to_owned()))];
    let error = write(&spec("sales", "r1", dir.path()), futures::stream::iter(rows)).await.unwrap_err();
    assert!(matches!(error, Error::Rows { .. }));
}
