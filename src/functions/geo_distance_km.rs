//! `geo_distance_km(lat1, lon1, lat2, lon2)`: the distance between two places on earth.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Builder};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{DataFusionError, Result, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{Function, Udf};
use crate::matching::similarity::geo_distance_km;

pub(super) fn function() -> Function {
    Function {
        udf: Udf::scalar(GeoDistance { signature: Signature::user_defined(Volatility::Immutable) }),
        about: "Kilometres (double) between two places given by latitude and longitude in degrees: the haversine formula on a sphere of the earth's mean radius, 6371.0088 km, wrong by up to 0.6 %. NULL when an argument is NULL, a latitude is not within ±90 or a longitude not within ±180.",
        example: ("round(geo_distance_km(39.9042, 116.4074, 31.2304, 121.4737), 1)".into(), "1067.3"),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct GeoDistance {
    signature: Signature,
}

impl ScalarUDFImpl for GeoDistance {
    fn name(&self) -> &str {
        "geo_distance_km"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        if arguments.len() != 4 || !arguments.iter().all(|kind| kind.is_numeric() || kind.is_null()) {
            return plan_err!("geo_distance_km takes four numbers: latitude and longitude of two places");
        }
        Ok(vec![DataType::Float64; 4])
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays: [ArrayRef; 4] = ColumnarValue::values_to_arrays(&args.args)?
            .try_into()
            .map_err(|_| DataFusionError::Execution("geo_distance_km takes four arguments".to_owned()))?;
        let degrees = arrays.each_ref().map(|array| array.as_primitive::<Float64Type>());
        let rows = degrees.first().map_or(0, |column| column.len());
        let mut out = Float64Builder::with_capacity(rows);
        for row in 0..rows {
            let [lat1, lon1, lat2, lon2] = degrees.map(|column| column.is_valid(row).then(|| column.value(row)));
            let places = lat1.zip(lon1).zip(lat2.zip(lon2));
            out.append_option(places.and_then(|((lat1, lon1), (lat2, lon2))| geo_distance_km(lat1, lon1, lat2, lon2)));
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}
