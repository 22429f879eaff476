//! `local_timestamp(at, zone)`: what the clock on the wall said.

use std::sync::Arc;

use arrow::array::{AsArray, TimestampMicrosecondBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{Function, Udf};

pub(super) fn function() -> Function {
    Function {
        udf: Udf::scalar(LocalTimestamp { signature: Signature::user_defined(Volatility::Immutable) }),
        about: "A time stamp (UTC) as the date and time of day in an IANA zone; NULL stays NULL. Daylight saving as in the tz database.",
        example: (
            "cast(local_timestamp(to_timestamp('2026-10-31T16:00:00Z'), 'Asia/Shanghai') as varchar)".into(),
            "2026-11-01T00:00:00",
        ),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct LocalTimestamp {
    signature: Signature,
}

const MICROS_PER_SECOND: i64 = 1_000_000;

/// Microseconds since the epoch, as a clock in `zone` shows them.
fn local(micros: i64, zone: Tz) -> Option<i64> {
    let at = DateTime::from_timestamp(micros.div_euclid(MICROS_PER_SECOND), 0)?;
    let offset = zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc();
    micros.checked_add(i64::from(offset) * MICROS_PER_SECOND)
}

impl ScalarUDFImpl for LocalTimestamp {
    fn name(&self) -> &str {
        "local_timestamp"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        match arguments {
            [DataType::Timestamp(_, zone), text] if text.is_string() || text.is_null() => {
                Ok(vec![DataType::Timestamp(TimeUnit::Microsecond, zone.clone()), DataType::Utf8])
            }
            [DataType::Null, _] => Ok(vec![DataType::Timestamp(TimeUnit::Microsecond, None), DataType::Utf8]),
            _ => plan_err!("local_timestamp takes a time stamp and the name of a zone"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Timestamp(TimeUnit::Microsecond, None))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let [at, zone]: [_; 2] = args
            .args
            .try_into()
            .map_err(|_| DataFusionError::Execution("local_timestamp takes two arguments".to_owned()))?;
        let ColumnarValue::Scalar(ScalarValue::Utf8(zone)) = zone else {
            return exec_err!("local_timestamp takes one zone for all rows");
        };
        let at = cast(&at.into_array(rows)?, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
        let times = at.as_primitive::<TimestampMicrosecondType>();
        let mut out = TimestampMicrosecondBuilder::with_capacity(times.len());
        let Some(zone) = zone else {
            out.append_nulls(times.len());
            return Ok(ColumnarValue::Array(Arc::new(out.finish())));
        };
        let Ok(zone) = zone.parse::<Tz>() else {
            return exec_err!("`{zone}` is not an IANA zone such as Asia/Shanghai");
        };
        for time in times {
            match time.map(|micros| local(micros, zone)) {
                None => out.append_null(),
                Some(Some(micros)) => out.append_value(micros),
                Some(None) => return exec_err!("local_timestamp is out of range"),
            }
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}
