//! Contracts of core tables and marts.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::Resolver;
use crate::column::ColumnType;
use crate::diag::Place;
use crate::names::{Name, nearest};
use crate::project::{Column, CoreTable, Mart, Table};
use crate::spec::{self, Document};

impl Resolver<'_> {
    fn columns(
        &mut self,
        doc: &Document<spec::Contract>,
        section: &str,
        text: &str,
        yaml: &IndexMap<String, spec::ContractColumn>,
    ) -> Vec<Column> {
        let mut columns = Vec::with_capacity(yaml.len());
        for (column_text, column) in yaml {
            let place = doc.key_place(&[section, text, "columns", column_text]);
            let name = self.name(column_text, place.clone());
            let kind = self.kind(&column.kind, doc.place(&[section, text, "columns", column_text, "type"]));
            let at = |key: &str| doc.place(&[section, text, "columns", column_text, key]);
            let class = column.class.as_ref().and_then(|word| self.class(word, at("class")));
            let policy = column.policy.as_ref().and_then(|word| self.policy(word, at("policy")));
            if let Some((name, kind)) = name.zip(kind) {
                let tests = self.column_tests(doc, [section, text, column_text], &column.tests, kind);
                columns.push(Column { name, kind, about: column.about.clone(), tests, class, policy, place });
            }
        }
        columns
    }

    /// Names in a list that must be columns of the table.
    fn among(
        &mut self,
        doc: &Document<spec::Contract>,
        path: [&str; 3],
        names: &[String],
        columns: &[Column],
    ) -> Vec<Name> {
        let mut out = Vec::new();
        for word in names {
            match columns.iter().find(|column| column.name.as_str() == word) {
                Some(column) => out.push(column.name.clone()),
                None => {
                    let help = nearest(word, columns.iter().map(|column| column.name.as_str()))
                        .map(|near| format!("did you mean `{near}`?"));
                    let place = doc.place(&[path[0], path[1], path[2], word]);
                    self.error(
                        "S0130",
                        format!("`{}` has no column `{word}`, which its {} names", path[1], path[2]),
                        place,
                        help,
                    );
                }
            }
        }
        out
    }

    fn grain(
        &mut self,
        doc: &Document<spec::Contract>,
        section: &str,
        text: &str,
        names: &[String],
        columns: &[Column],
    ) -> Vec<Name> {
        if names.is_empty() {
            let help = Some("name the columns that identify a row".to_owned());
            self.error("S0134", format!("`{text}` has no grain"), doc.key_place(&[section, text]), help);
        }
        self.among(doc, [section, text, "grain"], names, columns)
    }

    pub(super) fn core(
        &mut self,
        doc: &Document<spec::Contract>,
        text: &str,
        yaml: &spec::CoreTable,
    ) -> Option<CoreTable> {
        let place = doc.key_place(&["core", text]);
        let name = self.name(text, place.clone());
        let publish = self.name(&yaml.publish, doc.place(&["core", text, "publish"]));
        let columns = self.columns(doc, "core", text, &yaml.columns);
        let grain = self.grain(doc, "core", text, &yaml.grain, &columns);
        let visible_on = yaml
            .visible_on
            .as_ref()
            .and_then(|word| self.among(doc, ["core", text, "visible_on"], std::slice::from_ref(word), &columns).pop());
        if let Some(column) = visible_on.as_ref().and_then(|name| columns.iter().find(|column| column.name == *name))
            && !matches!(column.kind, ColumnType::Date | ColumnType::Timestamp)
        {
            self.error(
                "S0131",
                format!("`visible_on` of `{text}` must be a date or a time stamp"),
                doc.place(&["core", text, "visible_on"]),
                None,
            );
        }
        let mut references = Vec::new();
        for (column_text, column) in &yaml.columns {
            if let Some(to) = &column.references {
                let to = self.name(to, doc.place(&["core", text, "columns", column_text, "references"]));
                if let Some((column, to)) = Name::new(column_text).ok().zip(to) {
                    references.push((column, to));
                }
            }
        }
        let follows = yaml.follows.as_ref().and_then(|word| self.name(word, doc.place(&["core", text, "follows"])));
        let tests = self.table_tests(doc, ["core", text], &yaml.tests);
        let table =
            Table { name: publish?, about: yaml.about.clone(), grain, partition_by: None, columns, tests, place };
        Some(CoreTable { name: name?, table, visible_on, placeholder: yaml.placeholder, follows, references })
    }

    pub(super) fn mart(&mut self, doc: &Document<spec::Contract>, text: &str, yaml: &spec::Mart) -> Option<Mart> {
        let place = doc.key_place(&["marts", text]);
        let name = self.name(text, place.clone());
        let columns = self.columns(doc, "marts", text, &yaml.columns);
        let grain = self.grain(doc, "marts", text, &yaml.grain, &columns);
        let partitions = self.among(doc, ["marts", text, "partition_by"], &yaml.partition_by, &columns);
        let allowed = match partitions.as_slice() {
            [] => true,
            [one] => grain.first() == Some(one) && matches!(one.as_str(), "month" | "as_of"),
            _ => false,
        };
        // A grain that is wrong itself has been said.
        if !allowed && grain.len() == yaml.grain.len() {
            self.error(
                "S0132",
                format!("`{text}` can be partitioned by `month` or `as_of`, the first column of its grain"),
                doc.place(&["marts", text, "partition_by"]),
                None,
            );
        }
        let folder = yaml.folder.as_ref().and_then(|word| self.name(word, doc.place(&["marts", text, "folder"])));
        let driven_by =
            yaml.driven_by.as_ref().and_then(|word| self.name(word, doc.place(&["marts", text, "driven_by"])));
        let tests = self.table_tests(doc, ["marts", text], &yaml.tests);
        let table = Table {
            name: name?,
            about: yaml.about.clone(),
            grain,
            partition_by: partitions.into_iter().next(),
            columns,
            tests,
            place,
        };
        Some(Mart { table, folder, driven_by, engine: yaml.engine })
    }

    pub(super) fn cross_references(&mut self, core: &IndexMap<Name, CoreTable>, marts: &IndexMap<Name, Mart>) {
        let mut published: BTreeMap<&Name, &Place> = BTreeMap::new();
        for table in core.values().map(|core| &core.table).chain(marts.values().map(|mart| &mart.table)) {
            if published.insert(&table.name, &table.place).is_some() {
                self.error("S0133", format!("two tables are published as `{}`", table.name), table.place.clone(), None);
            }
        }
        let known = |name: &Name| core.contains_key(name);
        let help = |name: &Name| {
            nearest(name.as_str(), core.keys().map(Name::as_str)).map(|near| format!("did you mean `{near}`?"))
        };
        for table in core.values() {
            for name in table.references.iter().map(|(_, to)| to).chain(&table.follows) {
                if !known(name) {
                    self.error(
                        "S0135",
                        format!("`{}` names `{name}`, which is not a core table", table.name),
                        table.table.place.clone(),
                        help(name),
                    );
                }
            }
            if table.placeholder && table.table.grain.len() != 1 {
                self.error(
                    "S0136",
                    format!("`{}` can have placeholders only with a grain of one column", table.name),
                    table.table.place.clone(),
                    None,
                );
            }
        }
        for mart in marts.values() {
            if let Some(driver) = mart.driven_by.as_ref().filter(|driver| !known(driver)) {
                self.error(
                    "S0135",
                    format!("`{}` is driven by `{driver}`, which is not a core table", mart.table.name),
                    mart.table.place.clone(),
                    help(driver),
                );
            }
        }
    }
}
