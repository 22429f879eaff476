//! Distance on the earth's surface by the haversine formula (Sinnott 1984, "Virtues of the Haversine").

/// The mean radius of the earth: (2a + b) / 3 of the ellipsoid WGS 84 (Moritz, "Geodetic Reference System 1980").
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// Kilometres between two places in degrees; the earth's flattening makes it wrong by up to 0.6 %. `None` when a
/// latitude is not within ±90 or a longitude not within ±180.
pub fn geo_distance_km(lat1: f64, lon1: f64, lat2: f64, lon2: f64) -> Option<f64> {
    let valid = [lat1, lat2].iter().all(|lat| lat.abs() <= 90.0) && [lon1, lon2].iter().all(|lon| lon.abs() <= 180.0);
    if !valid {
        return None;
    }
    let half_chord = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
    let h = half_chord(lat2 - lat1) + lat1.to_radians().cos() * lat2.to_radians().cos() * half_chord(lon2 - lon1);
    // Rounding may bring it above 1 for opposite places.
    Some(2.0 * EARTH_RADIUS_KM * h.clamp(0.0, 1.0).sqrt().asin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_distances() {
        let half = std::f64::consts::PI * EARTH_RADIUS_KM;
        for ((lat1, lon1, lat2, lon2), expected, within) in [
            ((0.0, 0.0, 0.0, 180.0), half, 1e-6),
            ((90.0, 0.0, -90.0, 77.0), half, 1e-6),
            ((0.0, 0.0, 0.0, 1.0), half / 180.0, 1e-9),
            ((12.5, 99.0, 12.5, 99.0), 0.0, 0.0),
            // Across the date line.
            ((0.0, 179.5, 0.0, -179.5), half / 180.0, 1e-9),
            // Beijing and Shanghai.
            ((39.9042, 116.4074, 31.2304, 121.4737), 1067.3, 0.1),
        ] {
            let found = geo_distance_km(lat1, lon1, lat2, lon2).expect("on the earth");
            assert!((found - expected).abs() <= within, "{lat1} {lon1} {lat2} {lon2}: {found}");
        }
    }

    #[test]
    fn places_beyond_the_earth_have_no_distance() {
        for (lat, lon) in [(90.1, 0.0), (0.0, -180.5), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert_eq!(geo_distance_km(lat, lon, 0.0, 0.0), None);
            assert_eq!(geo_distance_km(0.0, 0.0, lat, lon), None);
        }
    }
}
