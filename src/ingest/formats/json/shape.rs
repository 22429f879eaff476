//! Which values of an object are read: the paths of all columns as one tree.

use super::super::super::chunk::{Cells, Span, Verdict};
use super::super::super::reject::Reason;
use super::scanner::{DEPTH, Found, Unread, read};
use crate::project::source::SourceColumn;

#[derive(Debug)]
pub struct Shape {
    root: Node,
    /// For every column, its slots in order of preference.
    columns: Vec<Vec<usize>>,
    found: Vec<Span>,
    /// Columns that some record had.
    pub seen: Vec<bool>,
    pub unread: Unread,
}

/// A place in an object: the slots that its value is for, and the places within.
#[derive(Debug, Default)]
pub struct Node {
    slots: Vec<usize>,
    keys: Vec<(String, Node)>,
    items: Vec<(usize, Node)>,
}

enum Step<'p> {
    Key(&'p str),
    Item(usize),
}

/// `lines[0].sku`: keys with dots between, places in arrays from 0.
fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (key, items) = part.split_at(part.find('[').unwrap_or(part.len()));
        if !key.is_empty() {
            steps.push(Step::Key(key));
        }
        for item in items.split_terminator(']') {
            steps.push(Step::Item(item.strip_prefix('[')?.parse().ok()?));
        }
        if !items.is_empty() && !items.ends_with(']') || part.is_empty() {
            return None;
        }
    }
    Some(steps)
}

impl Node {
    fn add<'p>(&mut self, mut path: impl Iterator<Item = Step<'p>>, slot: usize) {
        let child = match path.next() {
            None => return self.slots.push(slot),
            Some(Step::Key(key)) => child(&mut self.keys, key.to_owned()),
            Some(Step::Item(index)) => child(&mut self.items, index),
        };
        if let Some(child) = child {
            child.add(path, slot);
        }
    }

    pub fn slots(&self) -> &[usize] {
        &self.slots
    }

    pub fn key(&self, key: &str) -> Option<&Node> {
        self.keys.iter().find(|(name, _)| name == key).map(|(_, child)| child)
    }

    pub fn item(&self, index: usize) -> Option<&Node> {
        self.items.iter().find(|(at, _)| *at == index).map(|(_, child)| child)
    }

    pub fn has_children(&self) -> bool {
        !self.keys.is_empty() || !self.items.is_empty()
    }

    /// Takes back what was found here and within.
    pub fn forget(&self, found: &mut [Span]) {
        for slot in &self.slots {
            if let Some(span) = found.get_mut(*slot) {
                *span = Span::ABSENT;
            }
        }
        let within = self.keys.iter().map(|(_, child)| child).chain(self.items.iter().map(|(_, child)| child));
        within.for_each(|child| child.forget(found));
    }
}

/// The child of that name, which is made when there is none.
fn child<K: PartialEq>(children: &mut Vec<(K, Node)>, key: K) -> Option<&mut Node> {
    let at = children.iter().position(|(name, _)| *name == key).unwrap_or_else(|| {
        children.push((key, Node::default()));
        children.len() - 1
    });
    children.get_mut(at).map(|(_, child)| child)
}

impl Shape {
    pub fn new(columns: &[SourceColumn]) -> Self {
        let mut root = Node::default();
        let mut slots = 0;
        let mut by_column = Vec::new();
        for column in columns {
            let mut own = Vec::new();
            for from in &column.from {
                if let Some(steps) = steps(from) {
                    root.add(steps.into_iter(), slots);
                }
                if from.contains(['.', '[']) {
                    // A key may itself contain a dot.
                    root.add(std::iter::once(Step::Key(from)), slots);
                }
                own.push(slots);
                slots += 1;
            }
            by_column.push(own);
        }
        let (seen, found) = (vec![false; columns.len()], vec![Span::ABSENT; slots]);
        Self { root, seen, columns: by_column, found, unread: Unread::default() }
    }

    /// Reads an object that is all of `text`, which stands at `offset` in the chunk.
    pub fn read(&mut self, text: &str, offset: usize, cells: &mut Cells) -> Verdict {
        let before = cells.position();
        self.found.fill(Span::ABSENT);
        match read(text, offset, &self.root, &mut self.found, cells, &mut self.unread) {
            Found::Object => {}
            Found::NotJson => {
                cells.rewind(before);
                return Verdict::Reject(Reason::NotJson, format!("one JSON object of at most {DEPTH} levels"));
            }
            Found::Nul => {
                cells.rewind(before);
                return Verdict::Reject(Reason::NulByte, "text without NUL characters".to_owned());
            }
        }
        for (slots, seen) in self.columns.iter().zip(&mut self.seen) {
            let span = slots.iter().filter_map(|slot| self.found.get(*slot)).find(|span| **span != Span::ABSENT);
            *seen |= span.is_some();
            cells.spans.push(span.copied().unwrap_or(Span::ABSENT));
        }
        Verdict::Record
    }
}
