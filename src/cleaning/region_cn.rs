//! `region_cn`: a Chinese province, however it is written, to its short name.
//!
//! region_cn.csv has the two digits of GB/T 2260, the code of ISO 3166-2:CN, the names and the one-character mark of
//! every province, municipality, autonomous and special administrative region, with pinyin and the postal spelling.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::Plain;
use super::country::folded;

pub(super) const FUNCTION: Plain = Plain {
    name: "region_cn",
    about: "The short Chinese name of a province of China, by its full name or one that an address begins with, its mark (粤), pinyin, GB/T 2260 or ISO 3166-2 code; NULL when it is none.",
    example: ("Guangdong Province", "广东"),
    clean: |text| region_cn(text).map(Cow::Borrowed),
};

const REGIONS: &str = include_str!("region_cn.csv");

/// Words that say what kind of region it is, as they follow a name in English and pinyin.
const KINDS: [&str; 9] = [
    "province",
    "sheng",
    "municipality",
    "city",
    "shi",
    "uyghurautonomousregion",
    "uygurautonomousregion",
    "autonomousregion",
    "sar",
];

struct Regions {
    names: BTreeMap<String, &'static str>,
    full: Vec<(&'static str, &'static str)>,
}

static TABLE: LazyLock<Regions> = LazyLock::new(|| {
    let mut table = Regions { names: BTreeMap::new(), full: Vec::new() };
    for line in REGIONS.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [code, _, short, full, ..] = cells.as_slice() else { continue };
        for name in &cells {
            table.names.insert(folded(name), short);
        }
        table.names.insert(format!("{code}0000"), short);
        table.full.push((full, short));
    }
    table
});

/// An address has its province in front.
const LONGEST: usize = 1024;

fn region_cn(text: &str) -> Option<&'static str> {
    if text.len() > LONGEST {
        return None;
    }
    let key = folded(text);
    let named = |key: &str| TABLE.names.get(key).copied();
    let bare = || KINDS.iter().filter_map(|kind| key.strip_suffix(kind)).find_map(named);
    let addressed = || {
        let address = key.strip_prefix("中国").unwrap_or(&key);
        named(address)
            .or_else(|| TABLE.full.iter().find(|(full, _)| address.starts_with(full)).map(|(_, short)| *short))
    };
    named(&key).or_else(bare).or_else(addressed)
}
