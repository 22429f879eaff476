//! docs/values.md says what happens.

use super::values::{check_values, formatted};

#[test]
fn every_documented_text_becomes_what_is_said() {
    let mut count = 0;
    for line in include_str!("../../../docs/values.md").lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [kind, format, text, value] = cells.as_slice() else { continue };
        let Some(kind) = kind.strip_prefix('`').and_then(|kind| kind.strip_suffix('`')) else { continue };
        let plain = |text: &str| text.trim_matches('`').to_owned();
        let formats: Vec<String> = format.split(" or ").map(plain).filter(|format| !format.is_empty()).collect();
        let formats: Vec<&str> = formats.iter().map(String::as_str).collect();
        let value = if value.starts_with('`') { plain(value) } else { format!("✗{value}") };
        check_values(formatted(&formats, kind), &[(&plain(text), &value)]);
        count += 1;
    }
    assert!(count > 40, "{count}");
}
