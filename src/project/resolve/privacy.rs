//! Classes and policies of personal data.

use std::collections::BTreeMap;

use super::{Overrides, Resolver};
use crate::column::ColumnType;
use crate::diag::Place;
use crate::names::{Name, nearest};
use crate::privacy::{Class, Declared, Key, Policy, looks_like};
use crate::project::{Privacy, Suspects};
use crate::spec;

impl Resolver<'_> {
    pub(super) fn privacy(&mut self, overrides: &Overrides) -> Privacy {
        let doc = self.doc;
        let yaml = doc.value.privacy.as_ref();
        let mut policies = BTreeMap::new();
        for (class, policy) in yaml.into_iter().flat_map(|yaml| &yaml.policies) {
            let place = |key| {
                if key {
                    doc.key_place(&["privacy", "policies", class])
                } else {
                    doc.place(&["privacy", "policies", class])
                }
            };
            let known = self.class(class, place(true));
            if known == Some(Declared::NotPersonal) {
                let help = Some("leave it out: what is not personal is published as it is".to_owned());
                self.error("S0166", "`none` has no policy".to_owned(), place(true), help);
            }
            let policy = self.policy(policy, place(false));
            if let Some((class, policy)) = known.and_then(Declared::class).zip(policy) {
                policies.insert(class, policy);
            }
        }
        let key_from = yaml.and_then(|yaml| yaml.key_from.clone());
        let key = key_from.as_ref().and_then(|name| overrides.environment.get(name)).and_then(|text| Key::new(text));
        let mut classes = BTreeMap::new();
        let mut suspects = Vec::new();
        for (source_text, source) in &doc.value.sources {
            let Ok(source_name) = Name::new(source_text) else { continue };
            let mut unsaid = Vec::new();
            for (text, column) in &source.columns {
                let Ok(name) = Name::new(text) else { continue };
                match &column.class {
                    Some(word) => {
                        let place = doc.place(&["sources", source_text, "columns", text, "class"]);
                        if let Some(class) = self.class(word, place).and_then(Declared::class) {
                            classes.insert((source_name.clone(), name), class);
                        }
                    }
                    None => unsaid.extend(suspect(text, column).map(|class| (name, class))),
                }
            }
            if !unsaid.is_empty() {
                let place = doc.key_place(&["sources", source_text]);
                suspects.push(Suspects { source: source_name, columns: unsaid, place });
            }
        }
        Privacy { key_from, key, policies, classes, suspects, place: doc.place(&["privacy"]) }
    }

    /// A class of personal data, or `none`.
    pub(super) fn class(&mut self, word: &str, place: Place) -> Option<Declared> {
        let declared = Declared::parse(word);
        if declared.is_none() {
            let known = || Class::ALL.iter().map(|class| class.as_str()).chain([Declared::NONE]);
            let near = nearest(word, known()).or_else(|| {
                let word = word.to_lowercase();
                known().find(|class| class.split_once('.').is_some_and(|(_, kind)| kind == word))
            });
            let help = near.map_or_else(
                || format!("expected one of: {}", known().collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            self.error("S0165", format!("`{word}` is not a class of personal data"), place, Some(help));
        }
        declared
    }

    pub(super) fn policy(&mut self, word: &str, place: Place) -> Option<Policy> {
        let policy = Policy::parse(word);
        if policy.is_none() {
            let known = || Policy::ALL.iter().map(|policy| policy.as_str());
            let help = nearest(word, known()).map_or_else(
                || format!("expected one of: {}", known().collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            self.error("S0166", format!("`{word}` is not a policy for personal data"), place, Some(help));
        }
        policy
    }
}

fn suspect(name: &str, column: &spec::SourceColumn) -> Option<Class> {
    let words = |list: &Option<spec::StringOrList>| list.as_ref().map(|list| list.0.clone()).unwrap_or_default();
    looks_like(name, &words(&column.from), ColumnType::parse(&column.kind)?, &words(&column.clean))
}
